# ANCHOR: first
tcbctl fleet init shop && cd shop           # writes a blueprint and a sample function
tcbctl fleet plan                           # whom it changes; nothing is sent
tcbctl fleet apply                          # does it, wave by wave
tcbctl fleet status                         # how the merchants stand
tcbctl fleet report --html report.html      # the same as a page for others
# ANCHOR_END: first

# ANCHOR: rollout
echo 'exports.main = async (event) => ({ version: 2, event })' > functions/hello/index.js
tcbctl fleet plan                           # each merchant's function has changed
tcbctl fleet apply --limit 10               # the first ten of the list alone
tcbctl fleet apply                          # then all
tcbctl fleet rollout undo                   # back to the code before
tcbctl fleet rollout status
# ANCHOR_END: rollout
