//! Counts an operation when it is known which fields it asks for, and refunds what was counted of a sign-in that was no guess.

use std::time::Duration;

use hive_router::plugins::plugin_context::PluginContext;

use super::{CAPACITY_RETRY_AFTER_MS, Edge, admission::Admission};
use crate::{
    limits::{Bucket, Client, Operation, Verdict},
    state::RequestContext,
};

/// Header of a subgraph's answer in which accounts reports that it has signed somebody in. Clients do not see it.
pub(super) const LOGIN_OUTCOME: &str = "x-login-outcome";
/// The subgraph whose report is believed.
pub(super) const ACCOUNTS: &str = "accounts";

/// A lone field that may sign somebody in, and what it was counted in.
#[derive(Debug)]
pub(super) struct LoginAttempt {
    buckets: Vec<Bucket>,
    has_signed_in: bool,
}

impl LoginAttempt {
    /// What is refunded: all of it when it has signed somebody in, since then it was no guess.
    pub(super) fn refund(self) -> Option<Vec<Bucket>> {
        self.has_signed_in.then_some(self.buckets)
    }
}

/// Whether this request may sign somebody in, so that the report of accounts is read.
pub(super) fn may_sign_in(context: &PluginContext) -> bool {
    context.get_ref::<Admission>().is_some_and(|admission| admission.login.is_some())
}

/// Notes that accounts has signed somebody in.
pub(super) fn note_sign_in(context: &PluginContext) {
    if let Some(mut admission) = context.get_mut::<Admission>()
        && let Some(login) = &mut admission.login
    {
        login.has_signed_in = true;
    }
}

impl Edge {
    /// Counts what this operation asks for. An error is how many milliseconds its client has to wait.
    pub(super) async fn count(
        &self,
        context: &PluginContext,
        request: &RequestContext,
        operation: Operation<'_>,
    ) -> Result<(), u64> {
        let client = Client { caller: request.caller.as_deref(), address: request.address };
        let charges = self.state.limiter.charges(operation, client);
        if let Verdict::Wait(retry_after_ms) = self.state.limiter.take(&charges.refusing).await {
            return Err(retry_after_ms);
        }
        let delay_ms = self.state.limiter.charge(&charges.delaying).await;
        if delay_ms > 0 {
            self.delay(context, request, &charges.delaying, delay_ms).await?;
        }
        if !charges.refundable.is_empty()
            && let Some(mut admission) = context.get_mut::<Admission>()
        {
            admission.login = Some(LoginAttempt { buckets: charges.refundable, has_signed_in: false });
        }
        Ok(())
    }

    /// Has a request wait. Meanwhile it holds no permit, so that others of its client are executed.
    async fn delay(
        &self,
        context: &PluginContext,
        request: &RequestContext,
        buckets: &[Bucket],
        delay_ms: u64,
    ) -> Result<(), u64> {
        drop(context.get_mut::<Admission>().and_then(|mut admission| admission.permit.take()));
        let names: Vec<_> = buckets.iter().map(|bucket| bucket.name.as_str()).collect();
        let attempt = format!("{} {}", request.client(), names.join(" "));
        self.state.delays.wait(attempt, Duration::from_millis(delay_ms)).await.map_err(|()| delay_ms)?;
        let permit = self.state.acquire_permit(request).await.ok_or(CAPACITY_RETRY_AFTER_MS)?;
        if let Some(mut admission) = context.get_mut::<Admission>() {
            admission.permit = Some(permit);
        }
        Ok(())
    }
}
