//! What the emulator assumes.

use tcb_emulator::{Assumption, Emulator};
use tcb_lang::Lang;

/// The page.
pub(crate) fn page(lang: Lang) -> String {
    let head = lang.pick(
        "# Assumptions\n\n\
         What no public source settles, and what the emulator does instead of knowing. Code under test is right when it works under all variants, \
         the first of which is the default. `tcbctl explain A-001` names the operations that each is about.\n\n\
         | number | open question | why the default | what would settle it | variants |\n",
        "# 假设\n\n\
         没有公开来源能定论之处，以及模拟器在不知道时的做法。在所有取值下都正确，被测代码才算正确；第一个取值是默认值。\
         `tcbctl explain A-001` 会列出每条涉及的接口。\n\n\
         | 编号 | 未决的问题 | 默认值的理由 | 怎样才能定论 | 取值 |\n",
    );
    let rows = Emulator::assumptions().iter().map(|assumption| row(lang, assumption));
    format!("{head}| --- | --- | --- | --- | --- |\n{}", rows.collect::<String>())
}

fn row(lang: Lang, assumption: &Assumption) -> String {
    let english = (assumption.statement, assumption.why, assumption.settled_by);
    let chinese = assumption.in_chinese().map(|text| (text.statement, text.why, text.settled_by));
    let (statement, why, settled_by) = lang.pick(english, chinese.unwrap_or(english));
    let variants: Vec<_> = assumption.variants.iter().map(|variant| format!("`{variant}`")).collect();
    let id = assumption.id;
    // They are Markdown already: the README of the emulator shows them.
    let text = format!("{statement} | {why} | {settled_by}");
    format!(
        "| <a id=\"{}\"></a>{id} | {text} | {} |\n",
        id.to_lowercase(),
        variants.join(lang.pick(", ", "、"))
    )
}
