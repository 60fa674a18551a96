//! Reads a statement: the part of JavaScript that statements are written in.
//!
//! Constants in front (`const _ = db.command;`), names, members, calls, `new`, and literals of
//! texts, numbers, objects, lists and regular expressions. There are no operators but the minus in
//! front of a number, no functions and no control flow.

use std::iter::Peekable;
use std::str::CharIndices;

/// How deep a statement may be nested, and how many members and calls may follow each other. The
/// product of both is how deep the tree can become.
const DEEPEST: usize = 32;
const LONGEST: usize = 64;

/// A piece of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// `undefined`
    Undefined,
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Pattern {
        source: String,
        flags: String,
    },
    List(Vec<Expression>),
    Object(Vec<(String, Expression)>),
    Name(String),
    Member(Box<Expression>, String),
    /// A call, with or without `new`.
    Call(Box<Expression>, Vec<Expression>),
}

/// A whole text: constants and the statement.
pub(super) struct Program {
    pub(super) constants: Vec<(String, Expression)>,
    pub(super) statement: Expression,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Integer(i64),
    Float(f64),
    Pattern {
        source: String,
        flags: String,
    },
    /// One of `(){}[],;:.=-`.
    Mark(char),
}

/// Reads a text; an error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Program, String> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
    let program = parser.program()?;
    match parser.tokens.next() {
        None => Ok(program),
        Some(token) => Err(format!("unexpected {}", describe(Some(&token)))),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        tokens.push(match character {
            _ if character.is_whitespace() => continue,
            '/' => match characters.peek() {
                Some((_, '/')) => {
                    while characters.next_if(|(_, next)| *next != '\n').is_some() {}
                    continue;
                }
                Some((_, '*')) => {
                    skip_comment(&mut characters)?;
                    continue;
                }
                _ => pattern(&mut characters)?,
            },
            '"' | '\'' | '`' => Token::Text(quoted(&mut characters, character)?),
            '(' | ')' | '{' | '}' | '[' | ']' | ',' | ';' | ':' | '.' | '=' | '-' => Token::Mark(character),
            _ if character.is_ascii_digit() => number(text, at, &mut characters)?,
            _ if is_of_name(character) => {
                let mut name = character.to_string();
                while let Some((_, next)) = characters.next_if(|(_, next)| is_of_name(*next)) {
                    name.push(next);
                }
                Token::Name(name)
            }
            _ => return Err(format!("unexpected {character:?}")),
        });
    }
    Ok(tokens)
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

type Characters<'a> = Peekable<CharIndices<'a>>;

fn skip_comment(characters: &mut Characters<'_>) -> Result<(), String> {
    let mut former = ' ';
    characters.next();
    for (_, character) in characters.by_ref() {
        if (former, character) == ('*', '/') {
            return Ok(());
        }
        former = character;
    }
    Err("a comment does not end".to_owned())
}

fn number(text: &str, start: usize, characters: &mut Characters<'_>) -> Result<Token, String> {
    let mut end = start + 1;
    let mut former = '0';
    while let Some((at, next)) = characters.next_if(|(_, next)| {
        next.is_ascii_alphanumeric()
            || *next == '.'
            || (matches!(former, 'e' | 'E') && matches!(next, '+' | '-'))
    }) {
        former = next;
        end = at + 1;
    }
    let number = &text[start..end];
    if let Ok(integer) = number.parse() {
        return Ok(Token::Integer(integer));
    }
    let float = number.parse().ok().filter(|float: &f64| float.is_finite());
    float.map(Token::Float).ok_or_else(|| format!("{number} is no number"))
}

/// The text up to the quotation mark that ends it.
fn quoted(characters: &mut Characters<'_>, end: char) -> Result<String, String> {
    let mut text = String::new();
    while let Some((_, character)) = characters.next() {
        match character {
            _ if character == end => return Ok(text),
            '$' if end == '`' && characters.peek().is_some_and(|(_, next)| *next == '{') => {
                return Err("a text with an expression inside is not built".to_owned());
            }
            '\n' if end != '`' => break,
            '\\' => escaped(characters, &mut text)?,
            _ => text.push(character),
        }
    }
    Err("a text does not end".to_owned())
}

fn escaped(characters: &mut Characters<'_>, text: &mut String) -> Result<(), String> {
    let Some((_, character)) = characters.next() else { return Err("a text does not end".to_owned()) };
    let meant = match character {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '0' => '\0',
        '\n' => return Ok(()),
        'x' => by_number(characters, 2)?,
        'u' => by_number(characters, 4)?,
        _ => character,
    };
    text.push(meant);
    Ok(())
}

/// The character whose number follows in so many hexadecimal digits.
fn by_number(characters: &mut Characters<'_>, digits: usize) -> Result<char, String> {
    let hex: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
    let number = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits);
    number.and_then(char::from_u32).ok_or_else(|| "an escape is no character".to_owned())
}

/// A regular expression behind its first slash.
fn pattern(characters: &mut Characters<'_>) -> Result<Token, String> {
    let mut source = String::new();
    let mut in_class = false;
    loop {
        let Some((_, character)) = characters.next() else {
            return Err("a regular expression does not end".to_owned());
        };
        match character {
            '/' if !in_class => break,
            '\n' => return Err("a regular expression does not end".to_owned()),
            '\\' => {
                source.push(character);
                source.extend(characters.next().map(|(_, next)| next));
            }
            _ => {
                in_class = (in_class || character == '[') && character != ']';
                source.push(character);
            }
        }
    }
    let mut flags = String::new();
    while let Some((_, flag)) = characters.next_if(|(_, next)| next.is_ascii_alphabetic()) {
        flags.push(flag);
    }
    Ok(Token::Pattern { source, flags })
}

struct Parser {
    tokens: Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn program(&mut self) -> Result<Program, String> {
        let mut constants = Vec::new();
        while let Some(Token::Name(keyword)) = self.tokens.peek() {
            if !matches!(keyword.as_str(), "const" | "let" | "var") {
                break;
            }
            self.tokens.next();
            let name = self.name()?;
            self.expect('=')?;
            constants.push((name, self.expression()?));
            self.skip(';');
        }
        while let Some(Token::Name(keyword)) = self.tokens.peek()
            && matches!(keyword.as_str(), "await" | "return")
        {
            self.tokens.next();
        }
        let statement = self.expression()?;
        self.skip(';');
        Ok(Program { constants, statement })
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST} levels"));
        }
        let start = self.primary()?;
        let expression = self.chain(start);
        self.depth -= 1;
        expression
    }

    /// What follows an expression: members and calls.
    fn chain(&mut self, mut expression: Expression) -> Result<Expression, String> {
        for _ in 0..LONGEST {
            if self.skip('.') {
                expression = Expression::Member(Box::new(expression), self.name()?);
            } else if self.skip('(') {
                expression = Expression::Call(Box::new(expression), self.list(')')?);
            } else {
                return Ok(expression);
            }
        }
        Err(format!("more than {LONGEST} members and calls follow each other"))
    }

    fn primary(&mut self) -> Result<Expression, String> {
        Ok(match self.tokens.next() {
            Some(Token::Text(text)) => Expression::Text(text),
            Some(Token::Integer(number)) => Expression::Integer(number),
            Some(Token::Float(number)) => Expression::Float(number),
            Some(Token::Pattern { source, flags }) => Expression::Pattern { source, flags },
            Some(Token::Mark('-')) => match self.tokens.next() {
                Some(Token::Integer(number)) => Expression::Integer(-number),
                Some(Token::Float(number)) => Expression::Float(-number),
                token => return Err(format!("expected a number, found {}", describe(token.as_ref()))),
            },
            Some(Token::Mark('(')) => {
                let inner = self.expression()?;
                self.expect(')')?;
                inner
            }
            Some(Token::Mark('[')) => Expression::List(self.list(']')?),
            Some(Token::Mark('{')) => self.object()?,
            Some(Token::Name(name)) => match name.as_str() {
                "null" => Expression::Null,
                "undefined" => Expression::Undefined,
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                "new" => self.construction()?,
                _ => Expression::Name(name),
            },
            token => return Err(format!("unexpected {}", describe(token.as_ref()))),
        })
    }

    /// What stands behind `new`: a path of names, and arguments that may be left out.
    fn construction(&mut self) -> Result<Expression, String> {
        let mut path = Expression::Name(self.name()?);
        while self.skip('.') {
            path = Expression::Member(Box::new(path), self.name()?);
        }
        let arguments = if self.skip('(') { self.list(')')? } else { Vec::new() };
        Ok(Expression::Call(Box::new(path), arguments))
    }

    fn list(&mut self, end: char) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        while !self.skip(end) {
            items.push(self.expression()?);
            if !self.skip(',') {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn object(&mut self) -> Result<Expression, String> {
        let mut members = Vec::new();
        while !self.skip('}') {
            let name = match self.tokens.next() {
                Some(Token::Name(name) | Token::Text(name)) => name,
                Some(Token::Integer(number)) => number.to_string(),
                token => return Err(format!("expected a member, found {}", describe(token.as_ref()))),
            };
            self.expect(':')?;
            members.push((name, self.expression()?));
            if !self.skip(',') {
                self.expect('}')?;
                break;
            }
        }
        Ok(Expression::Object(members))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            token => Err(format!("expected a name, found {}", describe(token.as_ref()))),
        }
    }

    fn skip(&mut self, mark: char) -> bool {
        self.tokens.next_if(|token| *token == Token::Mark(mark)).is_some()
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        match self.tokens.next() {
            Some(Token::Mark(found)) if found == mark => Ok(()),
            token => Err(format!("expected {mark:?}, found {}", describe(token.as_ref()))),
        }
    }
}

/// A token in a message. Texts may be a user's data and are not repeated.
fn describe(token: Option<&Token>) -> String {
    match token {
        None => "the end".to_owned(),
        Some(Token::Name(name)) => name.clone(),
        Some(Token::Text(_)) => "a text".to_owned(),
        Some(Token::Integer(_) | Token::Float(_)) => "a number".to_owned(),
        Some(Token::Pattern { .. }) => "a regular expression".to_owned(),
        Some(Token::Mark(mark)) => format!("{mark:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read() {
        let text = r#" ({a: 1, 'b': [-2.5, 1e3, true, null, undefined,], "c d": "\"\u5e97\n", e: /a[/]\/b/gi}) // end"#;
        let Expression::Object(members) = read(text).unwrap().statement else { panic!() };
        assert_eq!(members[0], ("a".to_owned(), Expression::Integer(1)));
        let list = vec![
            Expression::Float(-2.5),
            Expression::Float(1000.0),
            Expression::Bool(true),
            Expression::Null,
            Expression::Undefined,
        ];
        assert_eq!(members[1], ("b".to_owned(), Expression::List(list)));
        assert_eq!(members[2], ("c d".to_owned(), Expression::Text("\"店\n".to_owned())));
        let pattern = Expression::Pattern { source: r"a[/]\/b".to_owned(), flags: "gi".to_owned() };
        assert_eq!(members[3], ("e".to_owned(), pattern));
    }

    #[test]
    fn constants_and_chains_are_read() {
        let program =
            read("const P = db.Geo.Point; let n = 1\nawait db.collection('geo').add(new P(1, n,));").unwrap();
        assert_eq!(program.constants.len(), 2);
        assert!(matches!(program.statement, Expression::Call(_, arguments) if arguments.len() == 1));
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for (text, message) in [
            ("", "unexpected the end"),
            ("db.collection(", "unexpected the end"),
            ("db.collection('a)", "a text does not end"),
            ("db[0]", "unexpected '['"),
            ("a + b", "unexpected '+'"),
            ("{a}", "expected ':', found '}'"),
            ("/a", "a regular expression does not end"),
            ("`${a}`", "a text with an expression inside is not built"),
            ("1x", "1x is no number"),
            ("-a", "expected a number, found a"),
            ("/* a", "a comment does not end"),
        ] {
            assert_eq!(read(text).err().unwrap(), message, "{text}");
        }
        assert!(read(&"[".repeat(100_000)).is_err(), "no text overflows the stack");
        assert!(read(&format!("a{}", ".b()".repeat(100_000))).is_err());
        assert!(read(&format!("a{}", ".b()".repeat(30))).is_ok());
    }
}
