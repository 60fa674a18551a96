use std::net::SocketAddr;
#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tcb_types::{Clock, Secret, SystemClock};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::clock::{ClockMode, EmulatedClock};
use crate::core::{Core, Key};
use crate::state::State;
use crate::storage::Storage;
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::trace::{self, Traces};
use crate::{Emulator, EmulatorError, EmulatorErrorKind, server};

/// How an [`Emulator`] starts.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tcb_emulator::EmulatorError> {
/// use std::time::Duration;
/// use tcb_emulator::{ClockMode, Emulator};
///
/// // Without a port, and with a clock that stands still until it is moved.
/// let emulator = Emulator::builder().seed(7).clock_mode(ClockMode::Frozen).in_process()?;
/// let before = emulator.now();
/// emulator.advance(Duration::from_secs(7200)).await;
/// assert_eq!(emulator.now(), before + Duration::from_secs(7200));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Builder {
    seed: u64,
    listen: SocketAddr,
    remote: Option<Secret>,
    clock: Arc<dyn Clock>,
    mode: ClockMode,
    pushing: bool,
    overlap: Option<Duration>,
    push_timeout: Duration,
    assumed: Vec<(String, String)>,
    validation: bool,
    traced: usize,
    #[cfg(feature = "tls")]
    tls: Option<PathBuf>,
}

impl Builder {
    /// Sets what all ids, secrets, tickets, tokens and codes are made from; 1 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets where to listen; a free port of 127.0.0.1 by default. An address that other machines
    /// reach needs [`allow_remote`](Self::allow_remote).
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Lets other machines in, under whatever name they reach this one. WeChat's API is then open
    /// to all of them; the admin API and the console want `token`, at least 16 characters, as a
    /// bearer token or as the password that a browser asks for, also from this machine. It travels
    /// in plain text: use a network that you trust.
    ///
    /// Links to the storage and for people go on to name this machine alone.
    #[must_use]
    pub fn allow_remote(mut self, token: impl Into<Secret>) -> Self {
        self.remote = Some(token.into());
        self
    }

    /// Sets the clock beneath the emulator's own; the machine's by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how many times faster than the clock beneath it the emulator's time runs; 1 by default,
    /// 0 is refused. All times follow: tokens, tickets and their pushes, codes, the overlap, the
    /// grace of a refresh token. What is under test has to use the same time, see
    /// [`Emulator::clock`].
    #[must_use]
    pub fn speed(mut self, speed: u32) -> Self {
        self.mode = ClockMode::Scaled(speed);
        self
    }

    /// Sets how the emulator's time passes; [`Real`](ClockMode::Real) by default. It replaces
    /// [`speed`](Self::speed), and the other way round.
    #[must_use]
    pub fn clock_mode(mut self, mode: ClockMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets whether tickets are pushed every ten minutes to platforms that have a callback URL; on
    /// by default. `startPushTicket` and [`Emulator::set_ticket_pushing`] switch it on for one.
    #[must_use]
    pub fn pushing(mut self, on: bool) -> Self {
        self.pushing = on;
        self
    }

    /// Sets how long a replaced access token remains valid, in the emulator's time; 300 seconds by
    /// default.
    #[must_use]
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = Some(overlap);
        self
    }

    /// Chooses a variant of an assumption, as [`Emulator::assume`] does; an unknown one is refused
    /// at the start.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), tcb_emulator::EmulatorError> {
    /// // Every use of a refresh token replaces it and ends it at once; `grace` and `stable` are the other ways.
    /// let emulator = tcb_emulator::Emulator::builder().assume("A-008", "strict").start().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn assume(mut self, id: impl Into<String>, variant: impl Into<String>) -> Self {
        self.assumed.push((id.into(), variant.into()));
        self
    }

    /// Sets whether requests and answers are compared with the catalogue; on by default. When it is
    /// off, for load tests, no request is refused for a wrong type (47001), a missing member
    /// (40101) or a wrong value (40097) by the shared checks, and the only
    /// [findings](Emulator::findings) are calls of what is not built.
    #[must_use]
    pub fn validation(mut self, on: bool) -> Self {
        self.validation = on;
        self
    }

    /// Sets how many requests the [trace](Emulator::trace) keeps, the newest; 10,000 by default,
    /// and in no case more than 16 MiB of them.
    #[must_use]
    pub fn traced(mut self, most: usize) -> Self {
        self.traced = most;
        self
    }

    /// Sets how long a receiver of pushes may take to answer; 5 seconds of real time by default.
    #[must_use]
    pub fn push_timeout(mut self, timeout: Duration) -> Self {
        self.push_timeout = timeout;
        self
    }

    /// Speaks HTTPS too, for clients whose hosts are hard-coded, and writes the certificate of the
    /// authority that they have to trust into a file, which everybody may read. The authority lives
    /// in memory and for seven days, and vouches for WeChat's hosts alone.
    ///
    /// There are two ways: as a proxy (`HTTPS_PROXY`), the port of the emulator takes `CONNECT` to
    /// those hosts and refuses any other; and a connection that begins with TLS is spoken TLS with,
    /// for machines on which WeChat's names lead here.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, certificate: impl Into<PathBuf>) -> Self {
        self.tls = Some(certificate.into());
        self
    }

    /// Starts the emulator with one platform, on a port of this machine.
    ///
    /// # Errors
    /// [`NotLoopback`](EmulatorErrorKind::NotLoopback), [`Bind`](EmulatorErrorKind::Bind),
    /// [`NoRuntime`](EmulatorErrorKind::NoRuntime) outside a tokio runtime,
    /// [`Invalid`](EmulatorErrorKind::Invalid) for a speed of 0 or a token that is too short,
    /// [`Certificate`](EmulatorErrorKind::Certificate), or
    /// [`UnknownAssumption`](EmulatorErrorKind::UnknownAssumption).
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        if self.remote.is_none() && !self.listen.ip().is_loopback() {
            let message = format!("{} is not an address of this machine alone", self.listen.ip());
            return Err(EmulatorError::new(EmulatorErrorKind::NotLoopback, message));
        }
        in_runtime()?;
        let listen = self.listen;
        let fault = |error| EmulatorError::bind(format!("cannot listen on {listen}"), error);
        let listener = TcpListener::bind(listen).await.map_err(fault)?;
        let core = self.run(listener.local_addr().map_err(fault)?)?;
        core.spawn(server::listen(Arc::clone(&core), listener));
        Ok(Emulator::new(core))
    }

    /// Starts the emulator with one platform and without a port: it is reached as a
    /// [service](Emulator::service) alone. Pushes to callback URLs, where there are any, still go
    /// over the wire.
    ///
    /// # Errors
    /// As [`start`](Self::start), but for those about addresses.
    pub fn in_process(self) -> Result<Emulator, EmulatorError> {
        in_runtime()?;
        // Nothing ever listens on port 0, so that who connects by mistake reaches nobody.
        Ok(Emulator::new(self.run(SocketAddr::from(([127, 0, 0, 1], 0)))?))
    }

    /// All but the wire.
    fn run(self, address: SocketAddr) -> Result<Arc<Core>, EmulatorError> {
        let clock = Arc::new(EmulatedClock::new(self.clock, self.mode)?);
        let mut state = State::new(self.seed, Arc::clone(&clock));
        state.validation = self.validation;
        state.pushing = self.pushing;
        state.overlap = self.overlap.unwrap_or(state.overlap);
        for (id, variant) in &self.assumed {
            state.assumptions.choose(id, variant)?;
        }
        #[cfg(feature = "tls")]
        let tls = self.tls.as_deref().map(Tls::begin).transpose()?;
        #[cfg(not(feature = "tls"))]
        let tls = None;
        let key = self.remote.as_ref().map(Key::new).transpose()?;
        let component = state.add_component();
        let traces = Traces::new(self.traced);
        let core = Core::new(state, clock, component, address, self.push_timeout, traces, key);
        let core = Arc::new(core.speaking(tls));
        core.state().storage = Storage::at(core.base_url.clone());
        core.spawn(Arc::clone(&core).keep_pushing());
        Ok(core)
    }
}

fn in_runtime() -> Result<(), EmulatorError> {
    let message = "the emulator has to be started inside a tokio runtime";
    let missing = |_| EmulatorError::new(EmulatorErrorKind::NoRuntime, message);
    Handle::try_current().map(drop).map_err(missing)
}

impl Emulator {
    /// Starts an emulator with defaults: a free port, seed 1, the machine's clock.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    /// Starts a builder.
    pub fn builder() -> Builder {
        Builder {
            seed: 1,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            remote: None,
            clock: Arc::new(SystemClock),
            mode: ClockMode::Real,
            pushing: true,
            overlap: None,
            push_timeout: Duration::from_secs(5),
            assumed: Vec::new(),
            validation: true,
            traced: trace::USUAL,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}
