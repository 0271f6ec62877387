//! Ctrl-C during a run: the first is noted, the second ends the program.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// How a program ends that was interrupted.
const INTERRUPTED: i32 = 130;

/// What the handlers share with us.
struct Flags {
    hit: Arc<AtomicBool>,
    /// Whether signals do what they always do.
    usual: Arc<AtomicBool>,
}

/// While it lives, the first signal is noted instead of obeyed.
pub(super) struct Signals(&'static Flags);

impl Signals {
    /// Begins to note signals. Where a handler cannot be had, the signal keeps its usual meaning.
    pub(super) fn note() -> Self {
        static FLAGS: OnceLock<Flags> = OnceLock::new();
        let flags = FLAGS.get_or_init(register);
        flags.usual.store(false, Ordering::SeqCst);
        Self(flags)
    }

    pub(super) fn is_hit(&self) -> bool {
        self.0.hit.load(Ordering::SeqCst)
    }

    /// Returns what tells, from any thread, whether a signal came.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.hit)
    }

    /// Lets signals do what they always do.
    pub(super) fn release(&self) {
        self.0.usual.store(true, Ordering::SeqCst);
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.release();
    }
}

fn register() -> Flags {
    let flags = Flags {
        hit: Arc::new(AtomicBool::new(false)),
        usual: Arc::new(AtomicBool::new(true)),
    };
    for signal in [SIGINT, SIGTERM] {
        // In this order: what is noted last ends the program only when the next signal comes.
        let _ = flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&flags.hit));
        let _ = flag::register_conditional_default(signal, Arc::clone(&flags.usual));
        let _ = flag::register(signal, Arc::clone(&flags.hit));
    }
    flags
}
