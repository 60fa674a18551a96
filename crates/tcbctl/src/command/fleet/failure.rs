//! What keeps a fleet from its work, in words for people.

use tcb_fleet::FleetError;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::words::told_as;

impl From<FleetError> for Box<Failure> {
    fn from(error: FleetError) -> Self {
        match error {
            FleetError::Blueprint(error) => error.into(),
            FleetError::List(line, _) => Failure::new(
                Exit::Usage,
                "merchants",
                say!("the merchant list is wrong in line {line}", "商户名单第 {line} 行有误"),
            )
            .why(told_as(error, "每行一个商户，须有 `appid`，且不能重复")),
            FleetError::Alike(alias, [one, other]) => Failure::new(
                Exit::Usage,
                "blueprint",
                say!(
                    "{one} and {other} would both create the platform's environment {alias}",
                    "{one} 和 {other} 会各自创建平台环境 {alias}"
                ),
            )
            .hint(say!(
                "name its id as `id: ID` in the blueprint, or put a variable into its alias",
                "在蓝图中用 `id: ID` 写明该环境，或在别名中加入变量"
            )),
            FleetError::NoRelease => {
                let message = say!("the journal has no blueprint yet", "日志库中还没有蓝图");
                Failure::new(Exit::NotFound, "blueprint", message).hint("tcbctl fleet apply")
            }
            FleetError::NoPrevious => {
                let message = say!("there is no blueprint before this one", "没有更早的蓝图可以回退");
                Failure::new(Exit::NotFound, "blueprint", message)
            }
            _ => {
                let message = say!("the journal failed", "日志库出错");
                Failure::new(Exit::Failed, "journal", message).why(error.to_string()).hint(say!(
                    "mend that and run it again; it goes on where it was",
                    "排除故障后再次运行；会从中断处继续"
                ))
            }
        }
    }
}
