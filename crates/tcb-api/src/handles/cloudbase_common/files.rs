use tcb_types::cloudbase_common::{
    DeleteFiles, DeleteFilesResponse, GetDownloadLinks, GetDownloadLinksResponse, GetUploadLink, WantedFile,
};
use tcb_types::{EnvId, FileId, FormUpload};

handle! {
    /// The cloud storage of an environment. Made by [`Env::files`](super::Env::files).
    pub struct Files { env: EnvId }

    /// Makes a permission to upload one file to `path`.
    fn upload_link(&self, path: impl Into<String> + Send) -> FormUpload { GetUploadLink::new(&self.env, path) }

    /// Makes links to download files with.
    fn download_links(
        &self,
        files: impl IntoIterator<Item = WantedFile> + Send,
    ) -> GetDownloadLinksResponse {
        GetDownloadLinks::new(&self.env, files)
    }

    /// Deletes files.
    fn delete(&self, ids: impl IntoIterator<Item = impl Into<FileId>> + Send) -> DeleteFilesResponse {
        DeleteFiles::new(&self.env, ids)
    }
}

transfers!(Files);
