//! How snapshots hold what JSON has no words for.

/// Maps whose keys are no texts: lists of pairs, in the order of the keys.
pub(crate) mod pairs {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<'a, M, K, V, S>(map: &'a M, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a M: IntoIterator<Item = (&'a K, &'a V)>,
        K: Serialize + Ord + 'a,
        V: Serialize + 'a,
        S: Serializer,
    {
        let mut pairs: Vec<(&K, &V)> = map.into_iter().collect();
        pairs.sort_by_key(|(key, _)| *key);
        serializer.collect_seq(pairs)
    }

    pub(crate) fn deserialize<'de, M, K, V, D>(deserializer: D) -> Result<M, D::Error>
    where
        M: FromIterator<(K, V)> + IntoIterator<Item = (K, V)>,
        K: DeserializeOwned,
        V: DeserializeOwned,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Bytes.
pub(crate) mod base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

/// Values of headers.
pub(crate) mod header {
    use http::HeaderValue;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &HeaderValue, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(value.as_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderValue, D::Error> {
        HeaderValue::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The credentials of a platform, which the type itself shows nobody.
pub(crate) mod credentials {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Credentials;

    pub(crate) fn serialize<S: Serializer>(known: &Credentials, serializer: S) -> Result<S::Ok, S::Error> {
        let secrets = [known.secret.expose(), known.callback_token.expose(), known.encoding_aes_key.expose()];
        (known.app_id.as_str(), secrets).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credentials, D::Error> {
        let (app_id, secrets) = <(String, [String; 3])>::deserialize(deserializer)?;
        let [secret, callback_token, encoding_aes_key] = secrets;
        Ok(Credentials {
            app_id: app_id.into(),
            secret: secret.into(),
            callback_token: callback_token.into(),
            encoding_aes_key: encoding_aes_key.into(),
        })
    }
}
