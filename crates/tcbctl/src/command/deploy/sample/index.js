exports.main = async (event) => {
  const name = event.name || 'world'
  return { hello: `${process.env.GREETING || 'hello'}, ${name}` }
}
