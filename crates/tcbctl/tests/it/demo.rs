use crate::support::{BACKENDS, run};

#[test]
fn the_demo_goes_well_through_each_backend() {
    let demo = run(&[], &["demo", "-o", "json"]);
    assert_eq!(demo.exit, 0, "{demo:?}");
    assert_eq!(demo.stderr, "");

    let report = demo.json();
    assert_eq!(report["ok"], true);
    let steps = report["steps"].as_array().unwrap();
    for &backend in BACKENDS {
        let taken: Vec<(&str, &str)> = steps
            .iter()
            .filter(|step| step["backend"] == backend)
            .map(|step| {
                assert!(step["ms"].is_u64(), "{step}");
                (step["name"].as_str().unwrap(), step["outcome"].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            taken,
            [
                ("token before any ticket", "no_ticket"),
                ("encrypted ticket push", "taken_in"),
                ("component token", "minted"),
                ("authorized push", "taken_in"),
                ("authorizer token", "minted"),
                ("createCloudUser", "waiting_for_consent"),
                ("administrator agrees", "approved"),
                ("createCloudUser again", "opened"),
                ("createEnv", "created"),
                ("createEnv, answer lost", "indeterminate"),
                ("settle createEnv", "landed"),
                ("createFunction", "created"),
                ("setCloudAccessToken get", "read"),
                ("setCloudAccessToken set", "written"),
                ("createOpenAccount", "created"),
                ("another process fetches tokens", "replaced"),
                ("createFunction, token refused", "created"),
                ("records of the emulator", "clean"),
            ]
        );
    }
}

#[test]
fn the_demo_tells_people_what_happened() {
    let demo = run(&[], &["demo"]);
    assert_eq!(demo.exit, 0, "{demo:?}");
    let all = format!("All {} steps went as expected", 18 * BACKENDS.len());
    for text in [&["createCloudUser", "waiting for consent", &all], BACKENDS].concat() {
        assert!(demo.stdout.contains(text), "{text} is not in {}", demo.stdout);
    }
}
