//! A program in a group of its own does not hear the terminal: what ends us has to end it.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Two flags that the handlers share with us.
struct Flags {
    hit: Arc<AtomicBool>,
    /// Whether signals do what they always do.
    usual: Arc<AtomicBool>,
}

/// While it lives, signals are noted instead of obeyed.
pub(super) struct Watch(&'static Flags);

impl Watch {
    pub(super) fn is_hit(&self) -> bool {
        self.0.hit.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.usual.store(true, Ordering::Relaxed);
    }
}

pub(super) fn watch() -> Watch {
    static FLAGS: OnceLock<Flags> = OnceLock::new();
    let flags = FLAGS.get_or_init(register);
    flags.usual.store(false, Ordering::Relaxed);
    Watch(flags)
}

/// Where a handler cannot be had, the signal keeps its usual meaning.
fn register() -> Flags {
    let flags = Flags {
        hit: Arc::new(AtomicBool::new(false)),
        usual: Arc::new(AtomicBool::new(true)),
    };
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let _ = flag::register_conditional_default(signal, Arc::clone(&flags.usual));
        let _ = flag::register(signal, Arc::clone(&flags.hit));
    }
    flags
}
