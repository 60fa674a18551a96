//! Choices between sources that contradict each other, where they are names on the wire. Others
//! stand in the operations' files.

use super::{
    ContainerServiceName, CreateFunctionInEnvs, CreateRecords, DeleteEnvShares, DeleteFiles, DeleteFunction,
    EnvProduct, EnvShare, ExportRecords, FileFormat, GetDownloadLinks, GetStaticUploadLink, ListEnvShares,
    ListFunctions, ListTriggers, UpdateContainerServiceVersion, UpdateFunctionCode, UpdateFunctionConfig,
    UpdateTriggers, WantedFile,
};
use crate::Operation;

fn sent<O: Operation>(operation: &O) -> String {
    String::from_utf8(operation.body().unwrap()).unwrap()
}

/// Pages in translation and some clients have other names, and calls name the same thing
/// differently.
#[test]
fn members_have_their_own_names_in_each_call() {
    let code = b"PK".as_slice();
    let (old, new) = (EnvProduct::CloudDevelopment, EnvProduct::CloudHosting);
    let share = || [EnvShare::new("e", ["wx1"])];
    let version = UpdateContainerServiceVersion::new("e", ContainerServiceName::new("s"), "v-001");
    for (id, sent, expected) in [
        (
            "batchuUloadCloudFunction",
            sent(&CreateFunctionInEnvs::new("f", ["e"], code)),
            r#"{"functionname":"f","envs":["e"],"zipfile":"UEs="}"#,
        ),
        (
            "uploadCloudFunctionCode",
            sent(&UpdateFunctionCode::new("f", ["e"], code)),
            r#"{"functionname":"f","envs":["e"],"zipfile":"UEs="}"#,
        ),
        (
            "uploadCloudFunctionConfig",
            sent(&UpdateFunctionConfig::new("e", "f")),
            r#"{"env":"e","functionname":"f"}"#,
        ),
        ("deleteCloudFunction", sent(&DeleteFunction::new("e", "f")), r#"{"env":"e","functionname":"f"}"#),
        ("getTriggers", sent(&ListTriggers::new("e", "f")), r#"{"env":"e","funcname":"f"}"#),
        (
            "updateTriggers",
            sent(&UpdateTriggers::new("f", ["e"], [])),
            r#"{"funcname":"f","envs":["e"],"triggers":[]}"#,
        ),
        (
            "getCloudFunctionList",
            sent(&ListFunctions::new("e").offset(2).limit(1)),
            r#"{"env":"e","offset":2,"limit":1}"#,
        ),
        (
            "deleteTcbFile",
            sent(&DeleteFiles::new("e", ["cloud://e.b/a"])),
            r#"{"env":"e","fileid_list":["cloud://e.b/a"]}"#,
        ),
        (
            "getDownloadFileLink",
            sent(&GetDownloadLinks::new("e", [WantedFile::new("cloud://e.b/a", 60)])),
            r#"{"env":"e","file_list":[{"fileid":"cloud://e.b/a","max_age":60}]}"#,
        ),
        (
            "getUploadStaticStoreFile",
            sent(&GetStaticUploadLink::new("e", "a.html")),
            r#"{"env":"e","filename":"a.html"}"#,
        ),
        ("setcsversionconfig", sent(&version), r#"{"env":"e","service_name":"s","version_name":"v-001"}"#),
        (
            "getShareCloudbaseEnv",
            sent(&ListEnvShares::new(["wx1"], old)),
            r#"{"appids":["wx1"],"source_type":0}"#,
        ),
        (
            "getShareCloudbaseEnv",
            sent(&ListEnvShares::new(["wx1"], new)),
            r#"{"appids":["wx1"],"source_type":1}"#,
        ),
        (
            "unshareCloudbaseEnv",
            sent(&DeleteEnvShares::new(share(), old)),
            r#"{"data":[{"env":"e","appids":["wx1"]}],"source_type":0}"#,
        ),
        (
            "unshareCloudbaseEnv",
            sent(&DeleteEnvShares::new(share(), new)),
            r#"{"data":[{"env":"e","appids":["wx1"]}],"source_type":1}"#,
        ),
    ] {
        assert_eq!(sent, expected, "{id}");
    }
}

/// Printed samples have raw line breaks and backslashes before single quotes, neither of which is
/// JSON.
#[test]
fn a_statement_is_sent_as_json_text() {
    let export = ExportRecords::new("e", "db.collection('c').get()", "a.json", FileFormat::Json);
    for (id, sent, expected) in [
        ("dbrecordManage", sent(&CreateRecords::new("e", "a(\n1)")), r#"{"env":"e","query":"a(\n1)"}"#),
        (
            "dbExport",
            sent(&export),
            r#"{"env":"e","query":"db.collection('c').get()","file_path":"a.json","file_type":1}"#,
        ),
    ] {
        assert_eq!(sent, expected, "{id}");
    }
}
