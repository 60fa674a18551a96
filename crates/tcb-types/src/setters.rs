/// Makes the setters of these optional fields, inside the `impl` of their type: for a field
/// `limit: Option<u32>` the line `limit: u32` makes `fn limit(self, limit: u32) -> Self`. The field
/// says what it means, and the documentation of the setter links to it.
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
