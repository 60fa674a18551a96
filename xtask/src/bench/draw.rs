//! Drawings for `docs/performance.md`, of the counts that were written down and of the figures of
//! `scale`.

use std::fmt::Write as _;
use std::fs;

use super::baseline::Baseline;
use super::load::Told;
use crate::{Result, workspace};

const WIDTH: f64 = 720.0;
/// Where the names of bars end and the plane of curves begins.
const LEFT: f64 = 220.0;
const COLOURS: [&str; 3] = ["#07c160", "#576b95", "#fa9d3b"];

/// What is drawn as bars: from the least that a call can cost to what the SDK makes of reqwest.
const LADDER: [&str; 7] = [
    "bare/tokio/1",
    "bare/hyper/1",
    "send/hyper/static/1",
    "send/hyper/authorizer/1",
    "bare/hyper-legacy/1",
    "bare/reqwest/1",
    "send/reqwest/authorizer/1",
];

/// A mint is a load and two swaps; a merchant who is called for all the time needs one in 100
/// minutes, when 20 of a token's 120 are left.
const STORE_OPERATIONS: f64 = 3.0;
const MINT_EVERY: f64 = 6000.0;

#[expect(clippy::cast_precision_loss, reason = "a drawing is not that precise")]
pub(super) fn write(baseline: &Baseline, told: &Told) -> Result {
    let rows = LADDER.iter().filter_map(|name| Some((*name, baseline.counts.get(*name)?.instructions)));
    put("ladder", &bars("Instructions of one call", &rows.collect::<Vec<_>>())?)?;
    let curve = |name: &str| told.curves.get(name).cloned().ok_or("`scale` was not measured");
    let (ours, theirs) = (curve("hits")?, curve("hits of quick_cache")?);
    let passes: Vec<_> = (1..=ours.len()).map(|pass| pass.to_string()).collect();
    let hits = [("tcb-auth", ours), ("quick_cache", theirs)];
    put("hit-rate", &curves("Hits, % of 90,000 merchants in a full cache, by pass", &passes, &hits)?)?;
    let merchants = [1e4, 1e5, 1e6, 1e7];
    let cost = |each: f64| merchants.iter().map(|count| (count * each).log10()).collect::<Vec<_>>();
    let costs = [
        ("MB of cache", cost(baseline.bytes_per_token as f64 / 1e6)),
        ("store operations a second", cost(STORE_OPERATIONS / MINT_EVERY)),
        ("mints a second", cost(1.0 / MINT_EVERY)),
    ];
    let names = ["10,000", "100,000", "1,000,000", "10,000,000"].map(str::to_owned);
    put("cost", &curves("Powers of ten, by merchants who are all called for", &names, &costs)?)
}

fn put(name: &str, drawing: &str) -> Result {
    let folder = workspace::root().join("docs/performance");
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name).with_extension("svg"), drawing)?)
}

#[expect(clippy::cast_precision_loss, reason = "a drawing is not that precise")]
fn bars(title: &str, rows: &[(&str, u64)]) -> Result<String> {
    let most = rows.iter().map(|(_, value)| *value).max().unwrap_or(1) as f64;
    let (mut y, mut shapes) = (40.0, String::new());
    for (name, value) in rows {
        let (width, colour) =
            (*value as f64 / most * (WIDTH - LEFT - 80.0), COLOURS[usize::from(!name.starts_with("send"))]);
        let (end, base) = (LEFT + width + 6.0, y + 14.0);
        writeln!(shapes, r#"<text x="{}" y="{base}" text-anchor="end">{name}</text>"#, LEFT - 8.0)?;
        writeln!(shapes, r#"<rect x="{LEFT}" y="{y}" width="{width:.0}" height="18" fill="{colour}"/>"#)?;
        writeln!(shapes, r#"<text x="{end:.0}" y="{base}">{value}</text>"#)?;
        y += 26.0;
    }
    Ok(svg(title, y + 10.0, &shapes))
}

#[expect(clippy::cast_precision_loss, reason = "a drawing is not that precise")]
fn curves(title: &str, names: &[String], curves: &[(&str, Vec<f64>)]) -> Result<String> {
    const HEIGHT: f64 = 240.0;
    let values = || curves.iter().flat_map(|(_, values)| values);
    let (least, most) = (values().copied().fold(0.0, f64::min), values().copied().fold(1.0, f64::max));
    let x =
        |index: usize| LEFT + 20.0 + index as f64 * (WIDTH - LEFT - 80.0) / (names.len().max(2) - 1) as f64;
    let y = |value: f64| HEIGHT - (value - least) / (most - least) * (HEIGHT - 50.0);
    let mut shapes = String::new();
    for (index, name) in names.iter().enumerate() {
        let (x, y) = (x(index), HEIGHT + 20.0);
        writeln!(shapes, r#"<text x="{x:.0}" y="{y}" text-anchor="middle">{name}</text>"#)?;
    }
    for ((line, (name, values)), colour) in curves.iter().enumerate().zip(COLOURS) {
        let points: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(index, value)| format!("{:.0},{:.0}", x(index), y(*value)))
            .collect();
        let points = points.join(" ");
        writeln!(shapes, r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>"#)?;
        for (index, value) in values.iter().enumerate() {
            let (x, y) = (x(index), y(*value) - 6.0);
            writeln!(
                shapes,
                r#"<text x="{x:.0}" y="{y:.0}" fill="{colour}" text-anchor="middle">{value:.1}</text>"#
            )?;
        }
        let y = 60 + line * 22;
        writeln!(shapes, r#"<text x="12" y="{y}" fill="{colour}">{name}</text>"#)?;
    }
    Ok(svg(title, HEIGHT + 34.0, &shapes))
}

fn svg(title: &str, height: f64, shapes: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"12\" y=\"22\" font-size=\"14\">{title}</text>\n{shapes}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{bars, curves};

    #[test]
    fn what_is_more_is_drawn_longer_and_higher() {
        let drawing = bars("Bars", &[("a", 50), ("send/b", 100)]).unwrap();
        assert!(drawing.contains(r#"width="210""#) && drawing.contains(r#"width="420""#), "{drawing}");
        let drawing =
            curves("Curves", &["1".to_owned(), "2".to_owned()], &[("a", vec![0.0, 100.0])]).unwrap();
        assert!(drawing.contains("240,240 660,50"), "{drawing}");
    }
}
