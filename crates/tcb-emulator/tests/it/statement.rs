//! Statements: what they find and what they change.

use serde_json::{Value, json};
use tcb_emulator::{Emulator, FindingKind};

use crate::support::*;

/// An environment with a collection `goods`.
struct Goods<'a> {
    emulator: &'a Emulator,
    token: String,
    env: String,
}

const GOODS: &str = r#"[
    {_id: "a", name: "apple", price: 3, tags: ["red", "fruit"], size: {x: 1, y: 2}, sold: new Date("2024-01-02")},
    {_id: "b", name: "Banana", price: 2.5, tags: ["fruit"], sold: new Date("2024-02-03T04:05:06Z"), old: null},
    {_id: "c", name: "carrot", price: 10, tags: [], at: new db.Geo.Point(113, 23.5), lots: [{n: 1}, {n: 5}]},
]"#;

impl<'a> Goods<'a> {
    async fn set(emulator: &'a Emulator) -> Self {
        let shop = cloud_shop(emulator).await;
        let env = env(emulator, &shop, "shop").await;
        let body = json!({"env": env, "collection_name": "goods"});
        assert_code(&call(emulator, "/tcb/databasecollectionadd", &shop.token, body).await, 0);
        let goods = Self { emulator, token: shop.token, env };
        let answer = goods.run("databaseadd", &format!("add({{data: {GOODS}}})")).await;
        assert_eq!(answer["id_list"], json!(["a", "b", "c"]));
        goods
    }

    async fn run(&self, path: &str, steps: &str) -> Value {
        self.text(path, &format!("db.collection('goods').{steps}")).await
    }

    async fn text(&self, path: &str, query: &str) -> Value {
        let body = json!({"env": self.env, "query": query});
        call(self.emulator, &format!("/tcb/{path}"), &self.token, body).await
    }

    /// The records that `steps` find.
    async fn records(&self, path: &str, steps: &str) -> Vec<Value> {
        let answer = self.run(path, steps).await;
        assert_code(&answer, 0);
        let records = answer["data"].as_array().unwrap().iter();
        records.map(|record| serde_json::from_str(record.as_str().unwrap()).unwrap()).collect()
    }

    /// Their ids, joined.
    async fn ids(&self, steps: &str) -> String {
        let records = self.records("databasequery", steps).await;
        records.iter().map(|record| record["_id"].as_str().unwrap()).collect()
    }
}

#[tokio::test]
async fn conditions_find_what_they_mean() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    for (condition, ids) in [
        ("{}", "abc"),
        ("{name: 'apple'}", "a"),
        ("{price: 2.5, name: 'Banana'}", "b"),
        ("{tags: 'fruit'}", "ab"),
        ("{tags: []}", "c"),
        ("{'size.y': 2}", "a"),
        ("{size: {x: 1}}", "a"),
        ("{size: _.eq({x: 1})}", ""),
        ("{old: null}", "abc"),
        ("{old: _.exists(true)}", "b"),
        ("{size: _.exists(false)}", "bc"),
        ("{price: _.gt(2.5).and(_.lt(10))}", "a"),
        ("{price: _.lte(3)}", "ab"),
        ("{price: _.lt(3).or(_.gte(10))}", "bc"),
        ("{price: _.or(_.eq(3), _.eq(10))}", "ac"),
        ("{price: _.or([_.eq(3), _.eq(10)])}", "ac"),
        ("{price: _.neq(3)}", "bc"),
        ("{price: _.in([3, 10])}", "ac"),
        ("{price: _.nin([3, 10])}", "b"),
        ("{price: _.not(_.gt(3))}", "ab"),
        ("{price: _.mod(5, 0)}", "c"),
        ("{name: _.gt(5)}", ""),
        ("{tags: _.all(['red', 'fruit'])}", "a"),
        ("{tags: _.size(1)}", "b"),
        ("{lots: _.elemMatch({n: _.gt(4)})}", "c"),
        ("{'lots.n': 5}", "c"),
        ("{'lots.0.n': 5}", ""),
        ("_.or([{price: 3}, {name: 'carrot'}])", "ac"),
        ("_.and([{tags: 'fruit'}, {price: 3}])", "a"),
        ("_.nor([{price: 3}, {name: 'carrot'}])", "b"),
        ("{name: /an/}", "b"),
        ("{name: /^B/i}", "b"),
        ("{name: db.RegExp({regexp: '^a', options: 'i'})}", "a"),
        ("{name: new RegExp('T$', 'i')}", "c"),
        ("{sold: _.gt(new Date('2024-01-31'))}", "b"),
        ("{sold: new Date(1704153600000)}", "a"),
        ("{sold: _.lt(db.serverDate())}", "ab"),
        ("{at: new db.Geo.Point(113, 23.5)}", "c"),
    ] {
        assert_eq!(goods.ids(&format!("where({condition}).get()")).await, ids, "{condition}");
        let counted = goods.run("databasecount", &format!("where({condition}).count()")).await;
        assert_eq!(counted["count"], ids.len(), "{condition}");
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn a_query_orders_skips_limits_and_picks() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    assert_eq!(goods.ids("orderBy('price', 'desc').get()").await, "cab");
    assert_eq!(goods.ids("orderBy('size.x', 'desc').orderBy('price', 'asc').limit(2).get()").await, "ab");
    assert_eq!(goods.ids("doc('b').get()").await, "b");
    let page = goods.run("databasequery", "skip(1).limit(1).get()").await;
    assert_eq!(page["pager"], json!({"Offset": 1, "Limit": 1, "Total": 3}));
    let picked =
        goods.records("databasequery", "where({_id: 'a'}).field({name: true, 'size.x': true}).get()").await;
    assert_eq!(picked, [json!({"_id": "a", "name": "apple", "size": {"x": 1}})]);
    let dropped =
        goods.records("databasequery", "doc('b').field({tags: false, sold: false, old: 0}).get()").await;
    assert_eq!(dropped, [json!({"_id": "b", "name": "Banana", "price": 2.5})]);
    let ten = format!("add({{data: [{}]}})", "{n: 1}, ".repeat(12));
    goods.run("databaseadd", &ten).await;
    assert_eq!(goods.records("databasequery", "get()").await.len(), 10, "a query without a limit has one");
    let with_constants = "const { } = 1";
    assert_code(&goods.text("databasequery", with_constants).await, -502_002);
    let official =
        "const Point = db.Geo.Point;db.collection('goods').where({at: new Point(113, 23.5)}).get()";
    assert_eq!(goods.text("databasequery", official).await["pager"]["Total"], 1);
    emulator.assert_clean();
}

#[tokio::test]
async fn points_are_written_as_assumed() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    let plain = goods.records("databasequery", "doc('c').get()").await;
    assert_eq!(plain[0]["at"], json!({"type": "Point", "coordinates": [113, 23.5]}));
    let extended =
        json!({"type": "Point", "coordinates": [{"$numberDouble": "113.0"}, {"$numberDouble": "23.5"}]});
    let aggregated = goods.records("databaseaggregate", "aggregate().match({_id: 'c'}).end()").await;
    assert_eq!(aggregated[0]["at"], extended);
    emulator.assume("A-015", "extended").unwrap();
    assert_eq!(goods.records("databasequery", "doc('c').get()").await[0]["at"], extended);
    emulator.assert_clean();
}

#[tokio::test]
async fn updates_change_what_they_name() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    for (changes, path, value) in [
        ("{price: _.inc(1)}", "/price", json!(4)),
        ("{price: _.mul(2.5)}", "/price", json!(10)),
        ("{price: _.min(7)}", "/price", json!(7)),
        ("{price: _.max(8)}", "/price", json!(8)),
        ("{size: {x: 9}}", "/size", json!({"x": 9, "y": 2})),
        ("{size: _.set({z: 0})}", "/size", json!({"z": 0})),
        ("{'size.z': _.remove()}", "/size", json!({})),
        ("{tags: _.push('new')}", "/tags", json!(["red", "fruit", "new"])),
        ("{tags: _.push(['x', 'y'])}", "/tags", json!(["red", "fruit", "new", "x", "y"])),
        ("{tags: _.pop()}", "/tags", json!(["red", "fruit", "new", "x"])),
        ("{tags: _.shift()}", "/tags", json!(["fruit", "new", "x"])),
        ("{tags: _.unshift('a')}", "/tags", json!(["a", "fruit", "new", "x"])),
        ("{tags: _.pull('new')}", "/tags", json!(["a", "fruit", "x"])),
        ("{tags: _.pull(_.in(['a', 'x']))}", "/tags", json!(["fruit"])),
        ("{tags: _.addToSet('fruit')}", "/tags", json!(["fruit"])),
        ("{tags: _.addToSet({$each: ['fruit', 'b']})}", "/tags", json!(["fruit", "b"])),
        ("{tags: _.pullAll(['b'])}", "/tags", json!(["fruit"])),
        (
            "{tags: _.push({each: ['z', 'c'], position: 0, sort: 1, slice: 2})}",
            "/tags",
            json!(["c", "fruit"]),
        ),
        ("{name: _.rename('title')}", "/title", json!("apple")),
        ("{'new.deep': 1}", "/new", json!({"deep": 1})),
        ("{sold: new Date(0)}", "/sold", json!({"$date": "1970-01-01T00:00:00.000Z"})),
    ] {
        let answer = goods.run("databaseupdate", &format!("doc('a').update({{data: {changes}}})")).await;
        assert_code(&answer, 0);
        let record = goods.records("databasequery", "doc('a').get()").await.remove(0);
        assert_eq!(record.pointer(path), Some(&value), "{changes}: {record}");
    }
    let many = goods.run("databaseupdate", "where({price: _.gt(0)}).update({data: {price: 8}})").await;
    assert_eq!((&many["matched"], &many["modified"]), (&json!(3), &json!(2)));
    for (changes, code) in [
        ("{_id: 'z'}", -502_002),
        ("{tags: _.inc(1)}", -502_002),
        ("{price: _.push(1)}", -502_002),
        ("{'price.x': 1}", -502_002),
    ] {
        let answer = goods.run("databaseupdate", &format!("doc('a').update({{data: {changes}}})")).await;
        assert_code(&answer, code);
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn a_record_is_replaced_made_and_removed() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    let replaced = goods.run("databaseupdate", "doc('a').set({data: {name: 'pear'}})").await;
    assert_eq!((&replaced["matched"], &replaced["id"]), (&json!(1), &json!("")));
    assert_eq!(goods.records("databasequery", "doc('a').get()").await, [json!({"_id": "a", "name": "pear"})]);
    let made = goods.run("databaseupdate", "doc('d').set({data: {name: 'date'}})").await;
    assert_eq!((&made["matched"], &made["modified"], &made["id"]), (&json!(0), &json!(0), &json!("d")));
    assert_eq!(goods.run("databasedelete", "doc('d').remove()").await["deleted"], 1);
    assert_eq!(goods.run("databasedelete", "where({name: _.exists(true)}).remove()").await["deleted"], 3);
    let generated = goods.run("databaseadd", "add({data: {n: 1}})").await;
    assert_eq!(text(&generated, "/id_list/0").len(), 32);
    emulator.assert_clean();
}

#[tokio::test]
async fn aggregations_go_stage_by_stage() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    let add = r#"add({data: [{_id: "d", name: "dill", price: 1, tags: ["fruit", "red"]}]})"#;
    assert_code(&goods.run("databaseadd", add).await, 0);
    for (stages, expected) in [
        (
            "match({price: _.gte(3)}).sort({price: -1}).limit(1).project({name: 1})",
            json!([{"_id": "c", "name": "carrot"}]),
        ),
        (
            "match({_id: 'a'}).project({_id: 0, total: $.multiply(['$price', 2]), label: $.concat(['$name', '!'])})",
            json!([{"total": 6, "label": "apple!"}]),
        ),
        (
            "group({_id: null, sum: $.sum('$price'), most: $.max('$price'), count: $.sum(1)})",
            json!([{"_id": null, "sum": {"$numberDouble": "16.5"}, "most": 10, "count": 4}]),
        ),
        (
            "unwind('$tags').sortByCount('$tags')",
            json!([{"_id": "fruit", "count": 3}, {"_id": "red", "count": 2}]),
        ),
        ("unwind({path: '$tags', preserveNullAndEmptyArrays: true}).count('n')", json!([{"n": 6}])),
        ("match({price: _.gt(100)}).count('n')", json!([])),
        (
            "sort({price: 1}).group({_id: $.gt(['$price', 2.6]), names: $.push('$name'), first: $.first('$name'), mean: $.avg('$price')})",
            json!([{"_id": false, "names": ["dill", "Banana"], "first": "dill", "mean": {"$numberDouble": "1.75"}},
                   {"_id": true, "names": ["apple", "carrot"], "first": "apple", "mean": {"$numberDouble": "6.5"}}]),
        ),
        (
            "match({_id: 'a'}).addFields({'size.area': $.multiply(['$size.x', '$size.y'])}).project({size: 1})",
            json!([{"_id": "a", "size": {"x": 1, "y": 2, "area": 2}}]),
        ),
        ("match({_id: 'a'}).replaceRoot({newRoot: '$size'})", json!([{"x": 1, "y": 2}])),
        (
            "skip(3).project({name: 1, rest: $.ifNull(['$none', $.literal('$')]), less: $.subtract(['$price', 1]), part: $.divide([1, 2]), items: $.size('$tags')})",
            json!([{"_id": "d", "name": "dill", "rest": "$", "less": 0, "part": {"$numberDouble": "0.5"}, "items": 2}]),
        ),
    ] {
        let found = goods.records("databaseaggregate", &format!("aggregate().{stages}.end()")).await;
        assert_eq!(json!(found), expected, "{stages}");
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn what_is_no_statement_is_refused_and_what_is_not_built_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let goods = Goods::set(&emulator).await;
    for (path, statement) in [
        ("databasequery", "db.collection('goods')"),
        ("databasequery", "db.collection('goods').where({a: 1}).get("),
        ("databasequery", "db.collection().get()"),
        ("databasequery", "collection('goods').get()"),
        ("databasequery", "db.collection('goods').limit(-1).get()"),
        ("databasequery", "db.collection('goods').where(1).get()"),
        ("databasequery", "db.collection('goods').where({a: undefined}).get()"),
        ("databasequery", "db.collection('goods').orderBy('a', 'up').get()"),
        ("databasequery", "db.collection('goods').remove()"),
        ("databasedelete", "db.collection('goods').get()"),
        ("databaseaggregate", "db.collection('goods').aggregate().match({})"),
        ("databaseadd", "db.collection('goods').add({a: 1})"),
        ("databaseadd", "db.collection('goods').add({data: {at: new db.Geo.Point(200, 0)}})"),
        ("databaseupdate", "db.collection('goods').set({data: {}})"),
    ] {
        assert_code(&goods.text(path, statement).await, -502_002);
    }
    let chain = |inner: &str| format!("db.collection('goods').where({inner}){}.get()", ".skip(0)".repeat(60));
    let nested = (0..30).fold("{}".to_owned(), |inner, _| chain(&inner));
    assert_code(&goods.text("databasequery", &nested).await, -502_002);
    for _ in 0..3 {
        let path = vec!["b"; 60].join(".");
        let deep = format!("doc('a').update({{data: {{'{path}': 1, b: _.rename('{path}')}}}})");
        let answer = goods.run("databaseupdate", &deep).await;
        assert!([0, -502_002].contains(&errcode(&answer)), "{answer}");
    }
    let long = vec!["c"; 100_000].join(".");
    let answer = goods.run("databaseupdate", &format!("doc('a').update({{data: {{'{long}': 1}}}})")).await;
    assert_code(&answer, -502_002);
    assert_code(&goods.text("databasequery", "db.collection('nothing').get()").await, -502_005);
    let twice = goods.text("databaseadd", "db.collection('goods').add({data: {_id: 'a'}})").await;
    assert_code(&twice, -502_012);
    emulator.assert_clean();
    for statement in [
        "db.collection('goods').where({at: _.geoNear({})}).get()",
        "db.collection('goods').watch({})",
        "db.collection('goods').where({a: /(?=a)/}).get()",
    ] {
        assert_code(&goods.text("databasequery", statement).await, -502_002);
    }
    let lookup = "db.collection('goods').aggregate().lookup({}).end()";
    assert_code(&goods.text("databaseaggregate", lookup).await, -502_002);
    let found = emulator.findings();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|finding| finding.kind == FindingKind::NotBuilt));
}
