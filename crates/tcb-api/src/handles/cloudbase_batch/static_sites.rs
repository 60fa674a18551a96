use tcb_types::cloudbase_batch::{
    CreateStaticSite, CreateStaticSiteResponse, FilePage, GetStaticUploadLink, ListStaticFiles,
    ListStaticSites, ListStaticSitesResponse,
};
use tcb_types::{EnvId, PutUpload};

handle! {
    /// Static website hosting in an environment. Made by [`Env::static_sites`](super::Env::static_sites).
    pub struct StaticSites { env: EnvId }

    /// Opens static website hosting.
    fn open(&self) -> CreateStaticSiteResponse { CreateStaticSite::new(&self.env) }

    /// Lists the websites with their state.
    fn list(&self) -> ListStaticSitesResponse { ListStaticSites::new(&self.env) }

    /// Lists the first files of the website.
    fn list_files(&self) -> FilePage { ListStaticFiles::new(&self.env) }

    /// Makes a permission to upload one file of the website to `path`.
    fn upload_link(&self, path: impl Into<String> + Send) -> PutUpload {
        GetStaticUploadLink::new(&self.env, path)
    }
}

streams! { StaticSites:
    /// All files of the website.
    fn stream_files(&self) { ListStaticFiles::new(&self.env) }
}
