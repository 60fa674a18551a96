//! A reader for the XML that WeChat writes: elements, text, CDATA, and nothing that a parser can be
//! attacked with.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use crate::error::XmlError;

/// Longest text that is read, in bytes.
/// It bounds the number of elements too: 16,382, for none is shorter than `<a/>`.
pub(crate) const LENGTH: usize = 64 * 1024;

/// Longest start tag that is read, in bytes. Genuine ones have less than 40 and no attributes.
const TAG: usize = 256;

/// Deepest nesting that is read.
const DEPTH: usize = 16;

/// Members of the root that come once in every push: what tells whom it is about and when it
/// happened, and what opens something. All others may repeat, as lists of genuine events do
/// (`material` of `wxa_appeal_record`).
const ONCE: [&str; 14] = [
    "AppId",
    "AuthorizationCode",
    "AuthorizationCodeExpiredTime",
    "AuthorizerAppid",
    "ComponentVerifyTicket",
    "CreateTime",
    "Encrypt",
    "Event",
    "FromUserName",
    "InfoType",
    "MsgType",
    "PreAuthCode",
    "ToUserName",
    "auth_code",
];

/// An element with its text and the elements in it. Attributes are not read.
#[derive(Default)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document whose root is `xml`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        if bytes.len() > LENGTH {
            return Err(XmlError::Length);
        }
        let text = str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let event = reader.read_event().map_err(|_| XmlError::Syntax)?;
            match (event, open.last_mut()) {
                (Event::Start(tag), _) => {
                    check_room(&open, root.is_some())?;
                    open.push(Self::begin(&tag)?);
                }
                (Event::Empty(tag), _) => {
                    check_room(&open, root.is_some())?;
                    close(Self::begin(&tag)?, &mut open, &mut root)?;
                }
                (Event::End(_), _) => {
                    let element = open.pop().ok_or(XmlError::Syntax)?;
                    close(element, &mut open, &mut root)?;
                }
                (Event::Text(text), Some(element)) => element.text.push_str(&text),
                (Event::CData(text), Some(element)) => element.text.push_str(&text),
                (Event::GeneralRef(reference), Some(element)) => {
                    let char_ref = reference.resolve_char_ref().map_err(|_| XmlError::Entity)?;
                    match (char_ref, resolve_predefined_entity(&reference)) {
                        (Some(character), _) => element.text.push(character),
                        (None, Some(text)) => element.text.push_str(text),
                        (None, None) => return Err(XmlError::Entity),
                    }
                }
                // Around the root there is room for whitespace, and before it for a declaration.
                (Event::Text(text), None) if is_blank(&text) => {}
                (Event::Decl(_), None) if root.is_none() => {}
                (Event::Eof, None) => return root.ok_or(XmlError::Root),
                (Event::Eof, Some(_)) => return Err(XmlError::Syntax),
                (Event::DocType(_), _) => return Err(XmlError::Doctype),
                _ => return Err(XmlError::Unexpected),
            }
        }
    }

    fn begin(tag: &BytesStart<'_>) -> Result<Self, XmlError> {
        if tag.len() > TAG {
            return Err(XmlError::Tag);
        }
        Ok(Self { name: tag.name().as_ref().to_owned(), ..Self::default() })
    }

    fn has(&self, name: &str) -> bool {
        self.children.iter().any(|child| child.name == name)
    }

    /// The one element of this name. Two of them are as good as none: nobody can say which of them
    /// counts.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    /// The text of the one element of this name, when there is any text in it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        let child = self.child(name).filter(|child| child.children.is_empty())?;
        Some(child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The text of an element as an integer.
    pub(crate) fn number_of<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.text_of(name)?.trim().parse().ok()
    }
}

fn check_room(open: &[Element], root_is_closed: bool) -> Result<(), XmlError> {
    if root_is_closed {
        Err(XmlError::Root)
    } else if open.len() >= DEPTH {
        Err(XmlError::Depth)
    } else {
        Ok(())
    }
}

/// Puts a finished element into its parent.
fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), XmlError> {
    let depth = open.len();
    match open.last_mut() {
        Some(root) if depth == 1 && ONCE.contains(&element.name.as_str()) && root.has(&element.name) => {
            Err(XmlError::Duplicate)
        }
        Some(parent) => {
            parent.children.push(element);
            Ok(())
        }
        None if element.name == "xml" => {
            *root = Some(element);
            Ok(())
        }
        None => Err(XmlError::Root),
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Element, XmlError> {
        Element::parse(text.as_bytes())
    }

    fn error(text: &str) -> XmlError {
        parse(text).err().unwrap()
    }

    #[test]
    fn text_and_cdata_are_the_same_and_kept_to_the_byte() {
        for field in [
            "<![CDATA[a\r\n<b>&amp;]]>",
            "a\r\n&lt;b&gt;&amp;amp;",
            "a\r\n<![CDATA[<b>&]]>amp;",
            "a\r\n&#60;b&#x3e;&#38;amp;",
        ] {
            let xml = parse(&format!("<?xml version=\"1.0\"?>\n<xml>\n<A>{field}</A>\n</xml>\n")).unwrap();
            assert_eq!(xml.text_of("A"), Some("a\r\n<b>&amp;"), "{field}");
        }
    }

    #[test]
    fn a_field_that_is_empty_or_has_fields_has_no_text() {
        let xml = parse("<xml><A></A><B/><C>x<D>1</D></C><N> -1 </N></xml>").unwrap();
        assert_eq!(xml.text_of("A"), None);
        assert_eq!(xml.text_of("B"), None);
        assert_eq!(xml.text_of("C"), None);
        assert_eq!(xml.child("C").and_then(|c| c.text_of("D")), Some("1"));
        assert_eq!(xml.number_of::<i64>("N"), Some(-1));
        assert_eq!(xml.number_of::<u64>("N"), None);
    }

    #[test]
    fn declarations_of_types_and_entities_are_refused() {
        assert_eq!(error("<!DOCTYPE xml><xml/>"), XmlError::Doctype);
        assert_eq!(error(r#"<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>"#), XmlError::Doctype);
        assert_eq!(error(r#"<xml><!DOCTYPE xml SYSTEM "file:///etc/passwd"></xml>"#), XmlError::Doctype);
        assert_eq!(error("<xml>&a;</xml>"), XmlError::Entity);
        assert_eq!(error("<xml>&#0;</xml>"), XmlError::Entity);
        assert_eq!(error("<xml>&#x110000;</xml>"), XmlError::Entity);
        assert_eq!(error("<xml>&nbsp;</xml>"), XmlError::Entity);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "<xml><A>1</A>",
            "<xml><A>1</xml></A>",
            "<xml></xml></xml>",
            "<xml><A",
            "<xml>a & b</xml>",
            "<xml><![CDATA[a</xml>",
            // Official samples close like this, by a misprint.
            "<xml><A>1</A><xml>",
        ] {
            assert_eq!(error(text), XmlError::Syntax, "{text}");
        }
        for text in
            ["", "text", "<xml/><xml/>", "<html></html>", "<a><xml/></a>", "<xml/>text", "{\"Encrypt\":\"\"}"]
        {
            assert!(matches!(error(text), XmlError::Root | XmlError::Unexpected), "{text}");
        }
        assert_eq!(error("<xml><!-- --></xml>"), XmlError::Unexpected);
        assert_eq!(error("<xml><?php ?></xml>"), XmlError::Unexpected);
        assert_eq!(Element::parse(b"<xml>\xff</xml>").err(), Some(XmlError::Encoding));
    }

    #[test]
    fn depth_is_bounded() {
        let nested =
            |depth: usize| format!("<xml>{}{}</xml>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
        assert!(parse(&nested(DEPTH)).is_ok());
        assert_eq!(error(&nested(DEPTH + 1)), XmlError::Depth);
        // As deep as the longest text allows; the reader stops at the first element that is too
        // deep.
        assert_eq!(error(&"<a>".repeat(LENGTH / 3)), XmlError::Depth);
        assert_eq!(error(&"<xml>".repeat(100_000)), XmlError::Length);
    }

    #[test]
    fn the_length_is_bounded() {
        let long = |length: usize| format!("<xml>{}</xml>", "x".repeat(length - 11));
        assert!(parse(&long(LENGTH)).is_ok());
        assert_eq!(error(&long(LENGTH + 1)), XmlError::Length);
    }

    #[test]
    fn entity_bombs_do_not_go_off() {
        let levels: String = (1..10).fold(String::from("<!ENTITY e0 'lol'>"), |text, level| {
            text + &format!("<!ENTITY e{level} '{}'>", format!("&e{};", level - 1).repeat(10))
        });
        assert_eq!(error(&format!("<!DOCTYPE xml [{levels}]><xml>&e9;</xml>")), XmlError::Doctype);
        // One long entity, many times: nothing of it is ever put in place.
        let long = format!("<!DOCTYPE xml [<!ENTITY a '{}'>]>", "a".repeat(LENGTH / 2));
        assert_eq!(error(&format!("{long}<xml>{}</xml>", "&a;".repeat(1000))), XmlError::Doctype);
        assert_eq!(error(&format!("<xml>{}</xml>", "&e9;".repeat(1000))), XmlError::Entity);
        // What entities are allowed become shorter than they were.
        let text = "&amp;".repeat(1000);
        assert_eq!(parse(&format!("<xml><A>{text}</A></xml>")).unwrap().text_of("A").unwrap().len(), 1000);
    }

    #[test]
    fn as_many_elements_are_read_as_the_length_has_room_for() {
        let elements = (LENGTH - "<xml></xml>".len()) / "<b/>".len();
        for name in ["b", "B"] {
            let xml = parse(&format!("<xml>{}</xml>", format!("<{name}/>").repeat(elements))).unwrap();
            assert_eq!(xml.children.len(), elements);
        }
    }

    #[test]
    fn what_decides_comes_once_in_the_root_and_all_else_may_repeat() {
        for name in ONCE {
            let twice = format!("<{name}>1</{name}>").repeat(2);
            assert_eq!(error(&format!("<xml>{twice}</xml>")), XmlError::Duplicate, "{name}");
            assert!(parse(&format!("<xml><List>{twice}</List></xml>")).is_ok(), "{name}");
        }
        let xml = parse("<xml><A>1</A><A>1</A><List><item>1</item><item>2</item></List></xml>").unwrap();
        assert_eq!(xml.text_of("A"), None);
        assert_eq!(xml.child("List").unwrap().text_of("item"), None);
    }

    #[test]
    fn a_few_attributes_are_skipped_and_many_are_refused() {
        assert_eq!(parse("<xml a='1' a='1'><A b=\"<c>\">1</A></xml>").unwrap().text_of("A"), Some("1"));
        let tag = |length: usize| format!("<xml{}></xml>", " ".repeat(length - 3));
        assert!(parse(&tag(TAG)).is_ok());
        assert_eq!(error(&tag(TAG + 1)), XmlError::Tag);
        assert_eq!(error(&format!("<xml><{}/></xml>", "a".repeat(TAG + 1))), XmlError::Tag);
        let many =
            |count: usize| (0..count).fold("<xml".to_owned(), |xml, n| xml + &format!(" a{n}='1'")) + "/>";
        assert_eq!(error(&many(5000)), XmlError::Tag);
        assert_eq!(error(&many(100_000)), XmlError::Length);
    }
}
