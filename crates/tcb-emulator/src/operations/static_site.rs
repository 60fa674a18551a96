//! Static websites of the platform's environments.

use serde_json::{Value, json};

use super::file::listed;
use crate::assumption::{SiteUnderWay, StaticSiteTwice, UploadWithoutSite};
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal};
use crate::storage::Bucket;
use crate::transition::{Progress, Resource};

pub(super) fn create(call: &mut Call<'_>) -> CallAnswer {
    let (env, now) = (call.text("env"), call.now);
    let repeat_is_fine = call.state.assumptions.is(StaticSiteTwice::Success);
    let site = &mut call.environment(&env)?.site;
    if site.is_some() && !repeat_is_fine {
        return Err(refusal(-501_000).saying("the static website is hosted already"));
    }
    site.get_or_insert(Progress::begun(now));
    Ok(success(json!({})))
}

/// The samples answer `Data` where the tables say `data`; the catalogue goes by the tables.
pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let (env, now, policy) = (call.text("env"), call.now, call.state.policy(Resource::StaticSite));
    let hides = call.state.assumptions.is(SiteUnderWay::Absent);
    let site = call.environment(&env)?.site.as_mut().map(|progress| {
        progress.look();
        let status = if policy.is_done(*progress, now) { "online" } else { "process" };
        json!({
            "env": env,
            "domain": format!("{env}-1300000000.tcloudbaseapp.com"),
            "bucket": format!("emu-static-{env}-1300000000"),
            "regoin": "ap-shanghai",
            "status": status,
        })
    });
    let sites: Vec<Value> = site.into_iter().filter(|site| !hides || site["status"] == "online").collect();
    Ok(success(json!({"data": sites})))
}

pub(super) fn upload_link(call: &mut Call<'_>) -> CallAnswer {
    let (env, key) = (call.text("env"), call.filled_text("filename")?);
    is_hosted(call, &env)?;
    let link = call.state.put_link(&Bucket::site(&env), &key);
    Ok(success(json!({"signed_url": link.url, "token": link.token})))
}

pub(super) fn files(call: &mut Call<'_>) -> CallAnswer {
    let env = call.text("env");
    is_hosted(call, &env)?;
    Ok(listed(call, &Bucket::site(&env)))
}

fn is_hosted(call: &mut Call<'_>, env: &str) -> Result<(), Refusal> {
    let (now, policy) = (call.now, call.state.policy(Resource::StaticSite));
    let needs_none = call.state.assumptions.is(UploadWithoutSite::Allowed);
    let site = call.environment(env)?.site;
    if needs_none || site.is_some_and(|progress| policy.is_done(progress, now)) {
        Ok(())
    } else {
        Err(refusal(-501_009).saying("no static website is hosted"))
    }
}
