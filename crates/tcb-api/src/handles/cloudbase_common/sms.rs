use tcb_types::EnvId;
use tcb_types::cloudbase_common::{
    CreateSmsTask, CreateSmsTaskResponse, ListSmsRecords, ListSmsRecordsResponse, SendSms, SendSmsResponse,
    SendSmsWithLink,
};

handle! {
    /// Text messages of an environment. Made by [`Env::sms`](super::Env::sms). Each message costs
    /// money.
    pub struct Sms { env: EnvId }

    /// Sends a message that markets the page `path` of a static site.
    fn send_marketing(
        &self,
        phone_numbers: impl IntoIterator<Item = impl Into<String>> + Send,
        content: impl Into<String> + Send,
        path: impl Into<String> + Send,
    ) -> SendSmsResponse {
        SendSms::marketing(&self.env, phone_numbers, content, path)
    }

    /// Sends a message that notifies, made of a template.
    fn send_notification(
        &self,
        phone_numbers: impl IntoIterator<Item = impl Into<String>> + Send,
        template_id: impl Into<String> + Send,
        template_params: impl IntoIterator<Item = impl Into<String>> + Send,
    ) -> SendSmsResponse {
        SendSms::notification(&self.env, phone_numbers, template_id, template_params)
    }

    /// Sends a message with a URL Link that opens the mini program.
    fn send_link(
        &self,
        phone_numbers: impl IntoIterator<Item = impl Into<String>> + Send,
        template_id: impl Into<String> + Send,
        template_params: impl IntoIterator<Item = impl Into<String>> + Send,
        url_link: impl Into<String> + Send,
    ) -> SendSmsResponse {
        SendSmsWithLink::new(&self.env, phone_numbers, template_id, template_params, url_link)
    }

    /// Starts the sending of messages to the numbers of a file.
    fn create_task(&self, file_url: impl Into<String> + Send) -> CreateSmsTaskResponse {
        CreateSmsTask::new(&self.env, file_url)
    }

    /// Lists the first messages that were sent from `start_date` to `end_date`, both `yyyy-MM-dd`.
    fn list(
        &self,
        start_date: impl Into<String> + Send,
        end_date: impl Into<String> + Send,
    ) -> ListSmsRecordsResponse {
        ListSmsRecords::new(&self.env, start_date, end_date)
    }
}

streams! { Sms:
    /// All messages that were sent from `start_date` to `end_date`, both `yyyy-MM-dd`.
    fn stream(&self, start_date: impl Into<String>, end_date: impl Into<String>) {
        ListSmsRecords::new(&self.env, start_date, end_date)
    }
}
