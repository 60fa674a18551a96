//! A fleet as a whole.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tcb_deploy::Mode;
use tcb_emulator::Fault;
use tcb_fleet::{Choice, Ended, Event, Kind, Refresh, Standing, State};

use crate::stage::{Stage, list};

#[tokio::test(start_paused = true)]
async fn twenty_merchants_become_ready_wave_by_wave_and_another_run_does_nothing() {
    let stage = Stage::with(20, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    let waves = Arc::new(Mutex::new(Vec::new()));
    let runner = stage.runner(&fleet);
    let seen = Arc::clone(&waves);
    let watched = runner.clone().watch(move |event: &Event<'_>| {
        if let Event::Looked { view, .. } = event {
            let mut waves = seen.lock().unwrap();
            if waves.last() != Some(&view.open.merchants) {
                waves.push(view.open.merchants);
            }
        }
    });
    let summary = watched.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.ended, Ended::Done);
    assert_eq!(summary.counts.standing(Standing::Ready), 20, "{:?}", summary.view);
    assert_eq!(*waves.lock().unwrap(), [1, 11, 13, 20]);
    assert_eq!(stage.executed(), [20; 4]);
    for (_, merchant) in &summary.view.merchants {
        assert!(merchant.conditions.iter().all(|it| it.state == State::True), "{merchant:?}");
        assert_eq!(merchant.conditions.len(), 8);
        assert!(merchant.lease.is_none() && merchant.noted.begun.is_empty());
    }
    let steps = fleet.entries(Some(&summary.view.merchants[3].0), 100).await.unwrap();
    assert_eq!(steps.iter().filter(|entry| entry.event == "begun").count(), 10, "{steps:?}");
    assert_eq!(steps.last().map(|entry| (&*entry.event, &*entry.what)), Some(("ended", "ready")));

    let calls = async |refresh: Refresh| {
        let before = stage.budget.calls();
        let summary = runner.clone().refresh(refresh).run(std::future::pending()).await.unwrap();
        assert_eq!(summary.counts.standing(Standing::Ready), 20);
        stage.budget.calls() - before
    };
    assert_eq!(calls(Refresh::Never).await, 0);
    assert_eq!(calls(Refresh::default()).await, 0, "what is ready is left alone until it is stale");
    assert_eq!(calls(Refresh::Stale(Duration::ZERO)).await, 3 * 20, "a list each of three kinds");
    let staying = runner.clone().refresh(Refresh::Stale(Duration::from_secs(60))).stays(true);
    let before = stage.budget.calls();
    staying.run(tokio::time::sleep(Duration::from_secs(150))).await.unwrap();
    assert_eq!(stage.budget.calls() - before, 2 * 3 * 20, "a run that stays looks each time");
    assert_eq!(calls(Refresh::Always).await, 7 * 20, "and the code, configuration, policy and account");
    assert_eq!(stage.executed(), [20; 4]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn administrators_who_agree_late_hold_nobody_back_and_one_who_never_does_is_waited_for() {
    let stage = Stage::with(6, false).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    let runner = stage.runner(&fleet);
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.ended, Ended::Done);
    assert!(summary.counts.waits_for_people_only());
    assert_eq!(summary.counts.standing(Standing::Waiting), 6);
    let opened = &summary.view.merchants[0].1.conditions[1];
    assert_eq!((opened.kind, opened.state, &*opened.reason), (Kind::CloudOpened, State::False, "waiting"));

    for prompt in stage.emulator.prompts().into_iter().skip(1) {
        stage.emulator.approve(prompt.id).unwrap();
    }
    // It is not time yet to look again.
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Waiting), 6);
    stage.emulator.advance(Duration::from_secs(601)).await;
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 5);
    assert!(summary.counts.waits_for_people_only());
    assert_eq!(stage.executed(), [5; 4]);
    let last = summary.view.merchants.iter().find(|(_, it)| it.standing == Standing::Waiting).unwrap();
    assert_eq!(last.1.due - last.1.looked, 3600, "it was looked at twice");
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn failures_hold_the_next_wave_until_they_are_tried_again() {
    let stage = Stage::with(5, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    fleet.set_waves(&"1,2,rest".parse().unwrap(), "0".parse().unwrap()).await.unwrap();
    // A code that no repetition helps.
    stage.emulator.fault(Fault::errcode("/tcb/createfunction", 40097)).unwrap();
    let runner = stage.runner(&fleet);
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.ended, Ended::Braked);
    assert_eq!((summary.view.open.merchants, summary.view.open.is_braked), (1, true));
    assert_eq!(summary.counts.standing(Standing::Refused), 1);
    assert_eq!(summary.counts.standing(Standing::Pending), 4);
    let failed = summary.view.merchants[0].1.conditions.iter().find(|it| it.kind == Kind::FunctionsReady);
    assert!(failed.unwrap().message.contains("40097"), "{failed:?}");

    let choice = Choice::default();
    assert_eq!(fleet.retry(&choice, &[Standing::Refused]).await.unwrap(), 1);
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 5);
    assert_eq!(stage.executed(), [5; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_updates_only_the_code_and_can_be_undone() {
    let stage = Stage::with(3, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("one"), &stage.list).await.unwrap();
    let runner = stage.runner(&fleet);
    runner.run(std::future::pending()).await.unwrap();
    let first = fleet.view(&Choice::default()).await.unwrap().merchants[0].1.target.clone();

    fleet.roll_out(&stage.release("two"), &stage.list).await.unwrap();
    let view = fleet.view(&Choice::default()).await.unwrap();
    assert!(view.merchants.iter().all(|(_, it)| it.standing == Standing::Pending && it.target != first));
    let before = fleet.entries(None, 1000).await.unwrap().len();
    runner.run(std::future::pending()).await.unwrap();
    let steps = fleet.entries(None, 1000).await.unwrap().split_off(before);
    let begun: Vec<_> = steps.iter().filter(|it| it.event == "begun").map(|it| &it.what[..10]).collect();
    assert_eq!(begun.iter().filter(|what| what.starts_with("upload")).count(), 3, "{begun:?}");
    assert_eq!(begun.len(), 6, "an upload and a wait each: {begun:?}");

    // The folder has changed, and is gone; the journal has the package.
    std::fs::remove_dir_all(stage.folder.path().join("hello")).unwrap();
    fleet.undo(&stage.list).await.unwrap();
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 3);
    assert!(summary.view.merchants.iter().all(|(_, it)| it.target == first));
    assert_eq!(stage.executed(), [3; 4]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_choice_is_by_label_and_number_and_who_leaves_the_list_is_left_alone() {
    let stage = Stage::with(5, true).await;
    let fleet = stage.fleet();
    let release = stage.release("hi");
    fleet.roll_out(&release, &stage.list).await.unwrap();
    let south = Choice { only: [("region".into(), "south".into())].into(), limit: None };
    assert_eq!(fleet.view(&south).await.unwrap().merchants.len(), 0);
    let two = Choice { only: [("region".into(), "north".into())].into(), limit: Some(2) };
    let summary = stage.runner(&fleet).choice(two).run(std::future::pending()).await.unwrap();
    assert_eq!((summary.counts.merchants, summary.counts.standing(Standing::Ready)), (2, 2));
    assert_eq!(stage.executed(), [2; 4]);

    let shorter = list(stage.list.merchants()[1..3].iter().map(|listed| &listed.app_id), "live");
    fleet.roll_out(&release, &shorter).await.unwrap();
    let view = fleet.view(&Choice::default()).await.unwrap();
    assert_eq!(view.merchants.len(), 2);
    stage.runner(&fleet).run(std::future::pending()).await.unwrap();
    assert_eq!(stage.executed(), [3; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_all_until_it_is_resumed_and_a_stop_gives_everything_back() {
    let stage = Stage::with(4, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    fleet.pause(true).await.unwrap();
    let runner = stage.runner(&fleet);
    let calls = stage.budget.calls();
    let run = runner.run(std::future::pending());
    tokio::pin!(run);
    tokio::select! {
        ended = &mut run => panic!("{ended:?}"),
        () = tokio::time::sleep(Duration::from_millis(1500)) => {}
    }
    assert_eq!(stage.budget.calls(), calls);
    fleet.pause(false).await.unwrap();
    assert_eq!(run.await.unwrap().counts.standing(Standing::Ready), 4);

    fleet.roll_out(&stage.release("other"), &stage.list).await.unwrap();
    let until_a_step = Arc::new(tokio::sync::Notify::new());
    let step = Arc::clone(&until_a_step);
    let watched = runner.clone().watch(move |event: &Event<'_>| {
        if let Event::Step { .. } = event {
            step.notify_one();
        }
    });
    let summary = watched.run(until_a_step.notified()).await.unwrap();
    assert_eq!(summary.ended, Ended::Stopped);
    assert!(summary.view.merchants.iter().all(|(_, it)| it.lease.is_none()), "{:?}", summary.view);
    assert_eq!(summary.counts.standing(Standing::Retrying), 0, "a stop is no failure");
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 4);
    assert_eq!(stage.executed(), [4; 4]);
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn two_runners_over_one_journal_do_each_merchant_once() {
    let stage = Stage::with(12, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    fleet.set_waves(&"rest".parse().unwrap(), "0".parse().unwrap()).await.unwrap();
    let (one, other) = (stage.runner(&fleet).at_once(4), stage.runner(&fleet).at_once(4));
    let (one, other) = tokio::join!(one.run(std::future::pending()), other.run(std::future::pending()));
    for summary in [one.unwrap(), other.unwrap()] {
        assert_eq!(summary.counts.standing(Standing::Ready), 12);
    }
    assert_eq!(stage.executed(), [12; 4]);
    let ended = fleet.entries(None, 10_000).await.unwrap();
    assert_eq!(ended.iter().filter(|it| it.event == "ended").count(), 12, "one pass each");
    stage.emulator.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_and_calls_that_are_refused_for_now_end_in_ready() {
    let stage = Stage::with(6, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    fleet.set_waves(&"rest".parse().unwrap(), "0".parse().unwrap()).await.unwrap();
    for path in ["/tcb/createenvandresource", "/tcb/createfunction", "/tcb/databasecollectionadd"] {
        stage.emulator.fault(Fault::commit_then_drop(path)).unwrap();
        stage.emulator.fault(Fault::http(path, 502, "")).unwrap();
        stage.emulator.fault(Fault::errcode(path, -1)).unwrap();
        stage.emulator.fault(Fault::errcode(path, 45009)).unwrap();
    }
    let runner = stage.runner(&fleet);
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 6, "{:?}", summary.view);
    assert_eq!(stage.executed(), [6; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_late_is_waited_for() {
    let stage = Stage::with(1, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    // All tokens have run out, and so has the ticket that was pushed last.
    stage.emulator.advance(Duration::from_secs(13 * 60 * 60)).await;
    let summary = stage.runner(&fleet).run(tokio::time::sleep(Duration::from_secs(10))).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Retrying), 1, "{:?}", summary.view);
    let ticket = stage.emulator.ticket(stage.platform.app_id()).unwrap();
    stage.platform.tokens().ticket(ticket, stage.emulator.now()).await.unwrap();
    let summary = stage.runner(&fleet).run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 1, "{:?}", summary.view);
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_was_destroyed_is_created_again_once_it_is_forgotten() {
    let stage = Stage::with(1, true).await;
    let fleet = stage.fleet();
    fleet.roll_out(&stage.release("hi"), &stage.list).await.unwrap();
    let runner = stage.runner(&fleet).refresh(Refresh::Always);
    let summary = runner.run(std::future::pending()).await.unwrap();
    let env = summary.view.merchants[0].1.noted.env(Mode::Ordinary, "shop-live").unwrap().clone();
    stage.emulator.destroy_environment(&env).unwrap();
    let summary = runner.run(std::future::pending()).await.unwrap();
    let (_, merchant) = &summary.view.merchants[0];
    assert_eq!(merchant.standing, Standing::Refused);
    let why = &merchant.conditions.last().unwrap().message;
    assert!(why.contains(env.as_str()) && why.contains("out of the notes"), "{why}");
    assert_eq!(stage.executed(), [1; 4]);

    assert_eq!(fleet.forget(&env).await.unwrap(), 1);
    assert_eq!(fleet.forget(&env).await.unwrap(), 0);
    let summary = runner.run(std::future::pending()).await.unwrap();
    assert_eq!(summary.counts.standing(Standing::Ready), 1, "{:?}", summary.view);
    assert_eq!(stage.executed(), [2, 2, 2, 1]);
}
