use super::desk::Desk;
use crate::store::{open, seal};
use crate::{AuthError, Cipher, StoreError, Subject, TokenKey};

impl Desk {
    /// Writes what is not encrypted with the cipher's own key. Answers how many records that were.
    pub(super) async fn reencrypt(&self) -> Result<usize, AuthError> {
        const PAGE: usize = 1000;
        let Some(cipher) = &self.cipher else { return Ok(0) };
        let platform = self.key(&Subject::Platform);
        let mut written = usize::from(self.reencrypt_one(cipher, &platform).await?);
        let mut after = None;
        loop {
            let page =
                self.in_time(&platform, self.store.authorizers(&self.app_id, after.as_ref(), PAGE)).await?;
            let Some(last) = page.last().cloned() else { return Ok(written) };
            after = Some(last);
            for app_id in page {
                let key = self.key(&Subject::Authorizer(app_id));
                written += usize::from(self.reencrypt_one(cipher, &key).await?);
            }
        }
    }

    async fn reencrypt_one(&self, cipher: &Cipher, key: &TokenKey) -> Result<bool, AuthError> {
        let mut turns = self.turns();
        loop {
            let attempt = async {
                let Some((version, held)) = self.store.load(key).await?.held else { return Ok(Some(false)) };
                if cipher.is_current(&held) {
                    return Ok(Some(false));
                }
                let held = seal(Some(cipher), key, open(Some(cipher), key, held)?)?;
                // Whoever is faster writes with a key of the ring, though perhaps with another one.
                Ok::<_, StoreError>(self.store.swap(key, Some(version), &held).await?.map(|_| true))
            };
            if let Some(written) = self.in_time(key, attempt).await? {
                return Ok(written);
            }
            self.next_turn(&mut turns).await?;
        }
    }
}
