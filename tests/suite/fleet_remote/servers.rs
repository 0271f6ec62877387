//! Servers on loopback: a real daemon, and some that are slow, refuse, vanish or want to be left alone.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use claude_scaffold::fleet::remote::{Pace, Push, RemoteError, push};
use claude_scaffold::pack::{Network, Prompt};

use super::World;
use super::cache::remotes;

struct Daemon(Child, u16);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `git daemon` for what is served; none where git came without it.
fn daemon(world: &World) -> Option<Daemon> {
    let output = Command::new("git")
        .arg("--exec-path")
        .output()
        .expect("git runs");
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let port = free_port();
    let child = Command::new(std::path::Path::new(&folder).join("git-daemon"))
        .args([
            "--reuseaddr",
            "--export-all",
            "--enable=receive-pack",
            "--listen=127.0.0.1",
        ])
        .arg(format!("--port={port}"))
        .arg(format!("--base-path={}", world.path("served").display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = child else {
        crate::tree::skipped("there is no `git daemon` here");
        return None;
    };
    let daemon = Daemon(child, port);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(daemon);
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("the daemon does not listen");
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a port");
    probe.local_addr().expect("an address").port()
}

/// What happens to each connection.
type Treat = fn(usize, TcpStream, u16);

/// Stands before a server; counts the connections, and treats each of them as it is told.
fn before(server: u16, treat: Treat) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || treat(number, connection, server));
        }
    });
    (port, count)
}

/// Passes on, and cuts the answer after so many bytes.
fn pass(connection: TcpStream, server: u16, most: u64) {
    let Ok(mut there) = TcpStream::connect(("127.0.0.1", server)) else {
        return;
    };
    let (mut up, mut there_up) = (
        connection.try_clone().expect("a socket"),
        there.try_clone().expect("a socket"),
    );
    thread::spawn(move || {
        let _ = std::io::copy(&mut up, &mut there_up);
        let _ = there_up.shutdown(Shutdown::Write);
    });
    let mut down = connection;
    let _ = std::io::copy(&mut Read::by_ref(&mut there).take(most), &mut down);
    let _ = down.shutdown(Shutdown::Both);
    let _ = there.shutdown(Shutdown::Both);
}

fn plain(_: usize, connection: TcpStream, server: u16) {
    pass(connection, server, u64::MAX);
}

fn cut(_: usize, connection: TcpStream, server: u16) {
    pass(connection, server, 150);
}

fn drops_the_first(number: usize, connection: TcpStream, server: u16) {
    if number > 0 {
        pass(connection, server, u64::MAX);
    }
}

fn mute(_: usize, connection: TcpStream, _: u16) {
    thread::sleep(Duration::from_mins(1));
    drop(connection);
}

fn answer(mut connection: TcpStream, head: &str, body: &str) {
    let mut asked = [0; 4096];
    let _ = connection.read(&mut asked);
    let length = body.len();
    let text =
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let _ = connection.write_all(text.as_bytes());
}

fn busy(_: usize, connection: TcpStream, _: u16) {
    let head = "429 Too Many Requests\r\nRetry-After: 1\r\nContent-Type: text/plain";
    answer(connection, head, "Retry after 1 seconds\n");
}

fn away(_: usize, connection: TcpStream, _: u16) {
    answer(
        connection,
        "302 Found\r\nLocation: http://127.0.0.1:9/app.git/info/refs?service=git-upload-pack",
        "",
    );
}

fn locked(_: usize, connection: TcpStream, _: u16) {
    answer(
        connection,
        "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"fleet\"",
        "",
    );
}

fn broken(_: usize, connection: TcpStream, _: u16) {
    answer(connection, "502 Bad Gateway", "");
}

fn absent(_: usize, connection: TcpStream, _: u16) {
    answer(connection, "404 Not Found", "");
}

#[test]
fn what_has_not_moved_costs_one_connection() {
    let world = World::new();
    let served = world.served("app");
    let Some(daemon) = daemon(&world) else { return };
    let (port, count) = before(daemon.1, plain);
    let url = format!("git://127.0.0.1:{port}/app.git");
    let cache = world.path("cache");
    let remotes = remotes(&cache, Network::Online);
    let ask = || {
        let before = count.load(Ordering::SeqCst);
        remotes.refresh(&url, None, "fleet").expect("a repository");
        count.load(Ordering::SeqCst) - before
    };
    assert_eq!([ask(), ask()], [2, 1]);
    served.git(&["push", "-q", "origin", "HEAD~1:refs/heads/fleet"]);
    assert_eq!([ask(), ask()], [3, 1]);
}

#[test]
fn one_that_fails_stops_no_other() {
    let world = World::new();
    let names: Vec<String> = (0..8).map(|number| format!("app-{number}")).collect();
    for name in &names {
        world.served(name);
    }
    let Some(daemon) = daemon(&world) else { return };
    let ports = [plain, cut, drops_the_first, mute].map(|treat: Treat| before(daemon.1, treat).0);
    let gone = free_port();
    let of = |port: u16, name: &str| format!("git://127.0.0.1:{port}/{name}.git");
    let [plain, cut, drops, mute] = ports;
    let mut urls: Vec<(String, &str)> = names.iter().map(|name| (of(plain, name), "Ok")).collect();
    urls.push((of(cut, "app-0"), "Unreachable"));
    urls.push((of(drops, "app-0"), "Ok"));
    urls.push((of(mute, "app-0"), "Slow"));
    urls.push((of(gone, "app-0"), "Unreachable"));
    urls.push((of(plain, "none"), "Absent"));
    let cache = world.path("cache");
    let mut remotes = remotes(&cache, Network::Online);
    remotes.time = Duration::from_secs(5);
    let start = Instant::now();
    let found: Vec<String> = thread::scope(|scope| {
        let asked = urls
            .iter()
            .map(|(url, _)| scope.spawn(|| remotes.refresh(url, None, "fleet")));
        let asked: Vec<_> = asked.collect();
        let found = asked
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        found
            .map(|found| found.map_or_else(|error| format!("{error:?}"), |_| "Ok".to_owned()))
            .collect()
    });
    for ((url, wanted), found) in urls.iter().zip(&found) {
        assert!(found.starts_with(wanted), "{url}: {found}, not {wanted}");
    }
    assert!(
        start.elapsed() < Duration::from_secs(12),
        "{:?}",
        start.elapsed()
    );
    let left = std::fs::read_dir(&cache).expect("a cache").flatten();
    let made = left
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".git"))
        .count();
    assert_eq!(made, 9, "no half clone stays");
}

#[test]
fn what_can_pass_is_tried_again_and_nothing_else() {
    let world = World::new();
    let cache = world.path("cache");
    let mut remotes = remotes(&cache, Network::Online);
    remotes.tries = 3;
    let cases: [(Treat, &str, usize); 5] = [
        (busy, "Busy", 3),
        (broken, "Unreachable", 3),
        (away, "Elsewhere", 1),
        (locked, "Login", 1),
        (absent, "Absent", 1),
    ];
    for (treat, wanted, times) in cases {
        let (port, count) = before(0, treat);
        let start = Instant::now();
        let error = remotes.refresh(&format!("http://127.0.0.1:{port}/app.git"), None, "fleet");
        let error = error.expect_err("a failure");
        assert!(
            format!("{error:?}").starts_with(wanted),
            "{error:?}, not {wanted}"
        );
        assert_eq!(count.load(Ordering::SeqCst), times, "{wanted}");
        if let RemoteError::Busy { after, .. } = error {
            assert_eq!(after, Some(Duration::from_secs(1)));
            assert!(
                start.elapsed() > Duration::from_secs(2),
                "it was left alone"
            );
        }
    }
}

#[test]
fn a_host_is_asked_at_its_pace() {
    let world = World::new();
    for number in 0..6 {
        world.served(&format!("app-{number}"));
    }
    let Some(daemon) = daemon(&world) else { return };
    let cache = world.path("cache");
    let mut remotes = remotes(&cache, Network::Online);
    remotes.pace = Pace::new(4);
    let start = Instant::now();
    thread::scope(|scope| {
        for number in 0..6 {
            let url = format!("git://127.0.0.1:{}/app-{number}.git", daemon.1);
            let remotes = &remotes;
            scope.spawn(move || remotes.refresh(&url, None, "fleet").expect("a repository"));
        }
    });
    // Twelve starts, four a second.
    assert!(
        start.elapsed() > Duration::from_millis(2600),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_push_through_a_daemon_arrives_and_its_failures_are_told_apart() {
    let world = World::new();
    let served = world.served("app");
    let Some(daemon) = daemon(&world) else { return };
    let of = |port: u16| format!("git://127.0.0.1:{port}/app.git");
    let sent = |remote: &str| {
        push(&Push {
            repository: &served.work,
            remote,
            refspecs: &["main:refs/heads/fleet".to_owned()],
            options: &[],
            lease: None,
            prompt: Prompt::Never,
            time: Duration::from_secs(3),
        })
    };
    assert!(matches!(
        sent(&of(free_port())),
        Err(RemoteError::Unreachable(_))
    ));
    assert!(matches!(
        sent(&of(before(0, mute).0)),
        Err(RemoteError::Slow(_))
    ));
    let http = |treat| format!("http://127.0.0.1:{}/app.git", before(0, treat).0);
    assert!(matches!(sent(&http(busy)), Err(RemoteError::Busy { .. })));
    assert!(matches!(sent(&http(locked)), Err(RemoteError::Login(_))));
    assert_eq!(served.tip("fleet"), "");
    sent(&of(daemon.1)).expect("a push");
    assert_eq!(served.tip("fleet"), served.tip("main"));
    // The same again helps here.
    let cache = world.path("cache");
    let done = remotes(&cache, Network::Online).push(&Push {
        repository: &served.work,
        remote: &of(before(daemon.1, drops_the_first).0),
        refspecs: &["main:refs/heads/other".to_owned()],
        options: &[],
        lease: None,
        prompt: Prompt::Never,
        time: Duration::from_secs(10),
    });
    assert!(!done.expect("a push").up_to_date);
    assert_eq!(served.tip("other"), served.tip("main"));
}
