//! The one way in which a type with a canonical text reads and writes itself in JSON, YAML and the store.

/// Serialises a type through its `Display`, and deserialises it through `$parse`, so that no value that was not parsed
/// can come in by way of serde.
macro_rules! serde_as_text {
    ($type:ty, $parse:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                ($parse)(text.as_ref()).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use serde_as_text;
