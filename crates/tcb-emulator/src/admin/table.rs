//! All routes of the admin API.

use std::sync::LazyLock;

use http::Method;

use super::route::{AdminRoute, act, get, wait};
use super::{
    assumptions, callbacks, clock, cloud, facts, faults, functions, merchants, open_accounts, platforms,
    prompts, release_checks, settings, snapshots,
};

const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// The one table of routes: it routes, and the OpenAPI document is made from it.
pub(super) static ROUTES: LazyLock<Vec<AdminRoute>> = LazyLock::new(|| {
    vec![
        get("health", "Whether the emulator is ready, and what it started with.", facts::health),
        get("openapi.json", "This document.", facts::document),
        get("operations", "All operations of WeChat: how far each is built, and why.", facts::operations),
        get("counters", "What has happened so far, in numbers.", facts::counters),
        get("mints", "How many access tokens were made in all.", facts::total_mints),
        get("mints/{appid}", "How many access tokens were made for one account.", facts::mints),
        get("findings", "What should not have happened so far.", facts::findings),
        get("trace", "The last requests, the newest first, with what was decided.", facts::trace),
        get("trace/{rid}", "One request with what was decided and why.", facts::explain),
        get("components", "The platforms with their credentials.", platforms::list),
        act(POST, "components", "Adds a platform.", platforms::add),
        get(
            "components/{appid}/ticket",
            "The newest ticket of a platform, as if it had just been pushed.",
            platforms::ticket,
        ),
        wait(
            POST,
            "components/{appid}/ticket:push",
            "Pushes a new ticket and waits for the receiver.",
            platforms::push_ticket,
        ),
        act(
            POST,
            "components/{appid}/aes-key:change",
            "Gives a platform another key for the encryption of callbacks.",
            platforms::change_aes_key,
        ),
        act(
            PUT,
            "components/{appid}/callback",
            "Sets where the events of a platform are pushed to.",
            platforms::set_callback,
        ),
        act(
            PUT,
            "components/{appid}/batch",
            "Opens or closes cloud development in batch mode for a platform.",
            platforms::set_batch_mode,
        ),
        get("merchants", "The merchants as they are now.", merchants::list),
        act(POST, "merchants", "Adds a merchant.", merchants::add),
        act(POST, "merchants:seed", "Adds many merchants that have authorised a platform.", merchants::seed),
        get("merchants/{appid}/secret", "The secret of a merchant's own account.", merchants::secret),
        act(
            PUT,
            "merchants/{appid}/open-data",
            "Sets what is behind a cloudID of one of a mini program's users.",
            merchants::set_open_data,
        ),
        wait(POST, "authorizations", "Has a merchant authorise a platform.", merchants::authorize),
        wait(
            POST,
            "authorizations:cancel",
            "Has a merchant cancel its authorisation.",
            merchants::cancel_authorization,
        ),
        act(POST, "open-accounts", "Makes an open-platform account as on the web site.", open_accounts::add),
        act(
            POST,
            "open-accounts/{appid}:verify",
            "Verifies an open-platform account.",
            open_accounts::verify,
        ),
        get("prompts", "What waits for an administrator.", prompts::list),
        get("prompts/{id}", "One prompt that waits.", prompts::one),
        act(POST, "prompts/{id}:approve", "Has the administrator do what a prompt asks.", prompts::approve),
        act(POST, "prompts/{id}:deny", "Has the administrator decline.", prompts::deny),
        get("outbox", "Messages that would have gone to administrators.", prompts::outbox),
        get("callbacks", "The last pushes and how they went.", callbacks::list),
        wait(POST, "callbacks/{id}:redeliver", "Pushes once more what was pushed.", callbacks::redeliver),
        wait(
            POST,
            "release-checks",
            "Runs WeChat's release check against the service of a platform.",
            release_checks::run,
        ),
        get(
            "customer-messages",
            "The customer-service messages that were sent so far.",
            release_checks::customer_messages,
        ),
        get("clock", "The emulator's time and how it passes.", clock::read),
        wait(PUT, "clock", "Moves or sets the time, or makes it pass in another way.", clock::set),
        wait(
            POST,
            "clock:advance",
            "Moves time forward and waits until all that came due was done.",
            clock::advance,
        ),
        get("settings", "What can be set beside the rest.", settings::read),
        act(PUT, "settings", "Sets what is named.", settings::set),
        get("faults", "The fault rules that are not used up.", faults::list),
        act(POST, "faults", "Adds a fault rule behind those that are there.", faults::add),
        act(PUT, "faults", "Replaces all fault rules.", faults::set),
        get("scripts", "What cloud functions answer.", functions::scripts),
        act(PUT, "scripts", "Replaces what cloud functions answer.", functions::set_scripts),
        get("invocations", "The invocations of cloud functions so far.", functions::invocations),
        get("transitions", "The transitions that were set.", cloud::transitions),
        act(PUT, "transitions", "Sets when resources of a kind are usable.", cloud::set_transitions),
        act(
            POST,
            "transitions/{resource}:finish",
            "Makes all resources of a kind usable that are under way.",
            cloud::finish,
        ),
        act(
            POST,
            "console-environments",
            "Makes an environment as if in the cloud's own console.",
            cloud::add_console_environment,
        ),
        act(PUT, "environments/{env}", "Stops an environment, or lets it go on.", cloud::halt),
        act(DELETE, "environments/{env}", "Destroys an environment with all that is in it.", cloud::destroy),
        get("quotas", "The limits of calls on one day that were set.", cloud::quotas),
        act(PUT, "quotas", "Sets how often an account may call a path on one day.", cloud::set_quotas),
        act(POST, "reset", "Begins anew, with nothing or as at the start.", snapshots::reset),
        get("snapshots", "The names of the states that are kept.", snapshots::list),
        get("snapshots/{name}", "A snapshot as a file holds it.", snapshots::export),
        act(PUT, "snapshots/{name}", "Keeps what a file holds.", snapshots::import),
        act(POST, "snapshots/{name}:delete", "Forgets a snapshot.", snapshots::delete),
        act(POST, "snapshots/{name}:save", "Keeps the state.", snapshots::save),
        act(POST, "snapshots/{name}:restore", "Goes back to a snapshot.", snapshots::restore),
        get("assumptions", "The open questions about WeChat, with the variants in force.", assumptions::list),
        get("assumptions/{id}", "One assumption.", assumptions::one),
        act(PUT, "assumptions/{id}", "Chooses a variant of an assumption.", assumptions::choose),
    ]
});
