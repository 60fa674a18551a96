use tcb_types::cloudbase_batch::{
    CreateStaticSite, CreateStaticSiteResponse, FilePage, GetStaticUploadLink, ListStaticFiles,
    ListStaticSites, ListStaticSitesResponse,
};
use tcb_types::{EnvId, PutUpload};

use crate::{Content, Error};

handle! {
    /// Static website hosting in an environment. Made by
    /// [`Env::static_sites`](super::Env::static_sites).
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

impl StaticSites {
    /// Uploads one file of the website to `path`, over what is there. Say its content type, for a
    /// page at least: browsers are told it.
    ///
    /// ```
    /// # async fn example(platform: tcb_api::Platform) -> Result<(), tcb_api::Error> {
    /// use tcb_api::Content;
    ///
    /// let page = Content::from("<h1>Corner shop</h1>").content_type("text/html; charset=utf-8");
    /// platform.env("shared-1a2b3c").static_sites().upload("index.html", page).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::send`](crate::Client::send) and [`Links::put`](crate::Links::put).
    pub async fn upload(
        &self,
        path: impl Into<String> + Send,
        content: impl Into<Content> + Send,
    ) -> Result<(), Error> {
        let content = content.into();
        let permission = self.upload_link(path).await?;
        self.client.links().put(&permission, content).await
    }
}

streams! { StaticSites:
    /// All files of the website.
    fn stream_files(&self) { ListStaticFiles::new(&self.env) }
}
