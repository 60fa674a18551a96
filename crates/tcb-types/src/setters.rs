/// Makes a setter for each of these members of a type, inside its `impl`: beside a field
/// `limit: Option<u32>` the line `limit: u32` makes `fn limit(self, limit: u32) -> Self`. What a
/// member means, its field says.
macro_rules! setters {
    ($($field:ident: $value:ty,)+) => {$(
        #[doc = concat!("Sets [`", stringify!($field), "`](field@Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $value) -> Self {
            self.$field = Some($field.into());
            self
        }
    )+};
}
