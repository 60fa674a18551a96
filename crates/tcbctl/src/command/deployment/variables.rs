//! `NAME=VALUE` on the command line, where no secret may stand.

use std::collections::BTreeMap;

use tcb_types::Secret;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::settings::secret;

/// Words in the name of a variable whose value is a secret.
const SECRETS: [&str; 6] = ["SECRET", "PASSWORD", "TOKEN", "KEY", "TICKET", "CREDENTIAL"];

/// The variables by their names. A value that is a reference (`env:`, `file:`, `exec:`) is what it
/// leads to; one whose name says that it is secret has to be one.
pub(crate) fn variables(given: &[String]) -> Result<BTreeMap<String, Secret>, Box<Failure>> {
    let mut variables = BTreeMap::new();
    for given in given {
        let Some((name, value)) = given.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let message = say!("a variable has no value", "有变量没有值");
            return Err(Failure::new(Exit::Usage, "arguments", message)
                .hint(say!("write NAME=VALUE", "写作 NAME=VALUE")));
        };
        let value = match secret::led_to(name, value)? {
            Some(secret) => secret,
            None if is_secret(name) => {
                let message = say!(
                    "{name} is a secret by its name, and no argument takes one",
                    "{name} 从名称看是密钥，参数中不接受密钥"
                );
                return Err(Failure::new(Exit::Usage, "secret", message)
                    .why(say!(
                        "arguments are seen by all who may list processes",
                        "任何能列出进程的人都能看到参数"
                    ))
                    .hint(format!("{name}=env:VARIABLE   ({name}=file:PATH)")));
            }
            None => Secret::new(value),
        };
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.split(|c: char| !c.is_ascii_alphabetic()).any(|word| SECRETS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_led_to_and_never_given() {
        let given = |text: &str| variables(&[text.to_owned()]);
        assert_eq!(given("STAGE=live").unwrap()["STAGE"].expose(), "live");
        assert_eq!(given("KEYBOARD=a=b").unwrap()["KEYBOARD"].expose(), "a=b");
        for text in ["API_KEY=canary", "app-secret=canary", "TOKEN="] {
            let failure = given(text).unwrap_err();
            assert_eq!((failure.exit, failure.kind), (Exit::Usage, "secret"));
            assert!(!failure.to_string().contains("canary"));
        }
        assert_eq!(given("STAGE").unwrap_err().exit, Exit::Usage);
        assert_eq!(given("API_KEY=env:TCBCTL_NOBODY_SETS_THIS").unwrap_err().exit, Exit::Usage);
        assert!(!given("API_KEY=exec:echo it").unwrap()["API_KEY"].is_empty());
    }
}
