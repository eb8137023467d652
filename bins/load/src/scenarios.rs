//! What is measured, each as a ratio against a ceiling of the same minute.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use rand::RngExt as _;

use crate::client::{Script, Tally, Window, closed_loop, exchange_blocking, first_use, paced, percentile};
use crate::machine;
use crate::postgres::{self, Database};
use crate::reference::{Hello, RawHash, raw_hash};
use crate::report::Report;
use crate::seed;
use crate::server::{Installation, Running, first_answer};

/// Sign-ins at once in a storm.
const STORM: u64 = 64;
/// Checks a second of the paced probe.
const PROBE_RATE: u32 = 1_000;
/// Memory of one hash in MiB (R5).
const HASH_MIB: f64 = 19.0;
/// Two measurements of one ceiling that differ by more than this were not made on a quiet machine.
const QUIET: f64 = 0.25;

/// One thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Session checks at 16 and 64 connections (goals 1 to 3).
    Check,
    /// Password sign-ins at 16 and 64 connections (goals 5 and 6).
    Signin,
    /// Sign-ins with a second factor, and backup codes that are tried (goals 14 and 15).
    SecondFactor,
    /// Sign-ins while 64 people wait for a provider that hangs (goal 16).
    HangingProvider,
    /// A directory of 10,000 people over SCIM (goal 17).
    Scim,
    /// Searches among everybody of a large workspace (goal 18).
    PeopleSearch,
    /// A change of settings previewed over everybody (goal 19).
    Preview,
    /// Session checks while 64 sign in (goals 7 to 9).
    Storm,
    /// From the start of the process to the first 200 (goal 10).
    Cold,
    /// Memory, idle and in a storm (goal 11).
    Rss,
    /// Few people against many (goals 12 and 13).
    Growth,
    /// Session checks on PostgreSQL (goal 4).
    Postgres,
}

/// How long and how large.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
    /// A window with sign-ins in it: these come by the dozen a second.
    pub(crate) long_window: Duration,
    pub(crate) starts: u32,
    /// How often a point is measured for the sake of quiet.
    pub(crate) tries: u32,
    pub(crate) users: u32,
    pub(crate) few: u32,
    pub(crate) many: u32,
    /// People whose two-factor authentication is on: each gives about two codes in half a minute.
    pub(crate) enrolled: u32,
    /// People of the synced directory.
    pub(crate) directory: u32,
    /// How often each text is searched for.
    pub(crate) searches: u32,
}

impl Pace {
    pub(crate) const SMOKE: Self = Self {
        warm_up: Duration::from_millis(300),
        window: Duration::from_secs(2),
        long_window: Duration::from_secs(3),
        starts: 3,
        tries: 2,
        users: 20_000,
        few: 1_000,
        many: 50_000,
        enrolled: 160,
        directory: 1_000,
        searches: 5,
    };
    pub(crate) const FULL: Self = Self {
        warm_up: Duration::from_secs(2),
        window: Duration::from_secs(10),
        long_window: Duration::from_secs(20),
        starts: 9,
        tries: 4,
        users: 100_000,
        few: 1_000,
        many: 1_000_000,
        enrolled: 1_000,
        directory: 10_000,
        searches: 20,
    };
}

/// What a load gave.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Point {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Median time, microseconds.
    pub(crate) p50: f64,
    /// 99th percentile, microseconds.
    pub(crate) p99: f64,
    /// CPU of the server for one answer, microseconds.
    pub(crate) cpu: f64,
    /// Refusals a second.
    pub(crate) refused: f64,
    /// 99th percentile of refusals, microseconds.
    pub(crate) refused_p99: f64,
    /// Failures in all.
    pub(crate) failed: u64,
}

impl Point {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(crate) fn of(mut tally: Tally, window: Window, cpu_seconds: f64) -> Self {
        if let Some(failure) = &tally.failure {
            eprintln!(
                "  {} failures, one of them: {}",
                tally.failed,
                failure.lines().last().unwrap_or_default()
            );
        }
        let good = tally.good.len() as f64;
        Self {
            rate: good / window.seconds(),
            p50: percentile(&mut tally.good, 0.5),
            p99: percentile(&mut tally.good, 0.99),
            cpu: cpu_seconds * 1e6 / good.max(1.0),
            refused: tally.refused.len() as f64 / window.seconds(),
            refused_p99: percentile(&mut tally.refused, 0.99),
            failed: tally.failed,
        }
    }
}

/// The bench: the ceiling of HTTP and where results go.
pub(crate) struct Bench<'a> {
    pub(crate) pace: Pace,
    pub(crate) hello: Hello,
    pub(crate) report: &'a mut Report,
}

type Load = Box<dyn FnOnce() -> io::Result<Tally> + Send>;

/// Runs loads at once; answers what each gave and the CPU seconds of the server within the window.
fn measure(process: u32, window: Window, loads: Vec<Load>) -> Result<(Vec<Tally>, f64)> {
    let running: Vec<_> = loads.into_iter().map(thread::spawn).collect();
    thread::sleep(window.from.saturating_duration_since(Instant::now()));
    let before = machine::cpu_seconds(process)?;
    thread::sleep(window.to.saturating_duration_since(Instant::now()));
    let cpu = machine::cpu_seconds(process)? - before;
    let mut tallies = Vec::new();
    for load in running {
        match load.join() {
            Ok(tally) => tallies.push(tally?),
            Err(_) => bail!("a client thread ended by a panic"),
        }
    }
    Ok((tallies, cpu))
}

/// Different sessions that are in use: a hundred thousand of however many there are.
fn in_use(running: &Running<'_>) -> u32 {
    running.users().min(100_000)
}

fn checks(running: &Running<'_>) -> Script {
    checks_over(running, in_use(running))
}

fn checks_over(running: &Running<'_>, sessions: u32) -> Script {
    let tokens: Vec<String> = (0..sessions).map(seed::token).collect();
    let head = format!(
        "GET /api/v1/session HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ",
        running.host()
    );
    Arc::new(move |random, request| {
        request.extend_from_slice(head.as_bytes());
        if let Some(token) = tokens.get(random.random_range(0..tokens.len())) {
            request.extend_from_slice(token.as_bytes());
        }
        request.extend_from_slice(b"\r\n\r\n");
    })
}

fn sign_ins(running: &Running<'_>) -> Script {
    let (host, users) = (running.host(), running.users());
    Arc::new(move |random, request| {
        let address = seed::address(random.random_range(0..users));
        let body = format!("{{\"email\":\"{address}\",\"password\":\"{}\"}}", seed::PASSWORD);
        request.extend_from_slice(
            format!(
                "POST /api/v1/sign-in/password HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
    })
}

impl Bench<'_> {
    /// Subject between two measurements of its ceiling, again while these differ; in the end the quietest counts.
    pub(crate) fn between<A, B>(
        &mut self,
        name: &str,
        ceiling: impl Fn(&Self) -> Result<A>,
        value: impl Fn(&A) -> f64,
        subject: impl Fn(&Self) -> Result<B>,
    ) -> Result<(A, B, A)> {
        let mut quietest = None;
        for _ in 0..self.pace.tries {
            let before = ceiling(self)?;
            let between = subject(self)?;
            let after = ceiling(self)?;
            let (first, second) = (value(&before), value(&after));
            let apart = (first - second).abs() / first.max(second).max(f64::MIN_POSITIVE);
            if apart <= QUIET {
                return Ok((before, between, after));
            }
            eprintln!("  {name}: the ceiling was {first:.1} before and {second:.1} after: not a quiet machine");
            if quietest.as_ref().is_none_or(|(least, _)| apart < *least) {
                quietest = Some((apart, (before, between, after)));
            }
        }
        self.report.discard(name);
        quietest.map(|(_, measured)| measured).context("nothing was measured")
    }

    fn hello_point(&self, connections: u64) -> Result<Point> {
        let request = self.hello.request();
        let script: Script = Arc::new(move |_, out| out.extend_from_slice(&request));
        self.one(
            self.hello.address,
            self.hello.id(),
            script,
            connections,
            self.pace.window,
        )
    }

    fn one(
        &self,
        address: std::net::SocketAddr,
        process: u32,
        script: Script,
        connections: u64,
        length: Duration,
    ) -> Result<Point> {
        let window = Window::after(self.pace.warm_up, length);
        let load: Load = Box::new(move || closed_loop(address, &script, 200, connections, window));
        let (tallies, cpu) = measure(process, window, vec![load])?;
        let mut all = Tally::default();
        for tally in tallies {
            all.add(tally);
        }
        Ok(Point::of(all, window, cpu))
    }

    fn check_point(&self, running: &Running<'_>, connections: u64) -> Result<Point> {
        self.one(
            running.address,
            running.id(),
            checks(running),
            connections,
            self.pace.window,
        )
    }

    pub(crate) fn sign_in_point(&self, running: &Running<'_>, connections: u64) -> Result<Point> {
        self.one(
            running.address,
            running.id(),
            sign_ins(running),
            connections,
            self.pace.long_window,
        )
    }

    pub(crate) fn raw_hash(&self) -> Result<RawHash> {
        raw_hash(Window::after(self.pace.warm_up, self.pace.window))
    }

    /// The ceilings alone, twice, and what the machine has to give to checks and hashes at once.
    pub(crate) fn ceilings(&mut self) -> Result<()> {
        for pass in 1..=2 {
            for connections in [1, 16, 64] {
                let point = self.hello_point(connections)?;
                self.report.point(&format!("hello.c{connections}.{pass}"), &point);
            }
            let raw = self.raw_hash()?;
            self.report.raw(&format!("raw.{pass}"), raw);
        }
        let raw = self.raw_hash()?;
        self.storm_ceiling(raw.rate)
    }

    /// Asks for each session in use once, which is when the server reads it from the disk.
    fn first_use(&mut self, name: &str, running: &Running<'_>) -> Result<()> {
        let began = Instant::now();
        let before = machine::cpu_seconds(running.id())?;
        let failed = first_use(running.address, &running.host(), in_use(running))?;
        let cpu = machine::cpu_seconds(running.id())? - before;
        let sessions = f64::from(in_use(running));
        let point = Point {
            rate: sessions / began.elapsed().as_secs_f64(),
            cpu: cpu * 1e6 / sessions,
            failed,
            ..Point::default()
        };
        self.report.point(&format!("{name}.first_use"), &point);
        Ok(())
    }

    /// Goals 1 to 3.
    pub(crate) fn check(&mut self, installation: &Installation) -> Result<()> {
        let running = installation.start()?;
        self.first_use("check", &running)?;
        for connections in [16, 64] {
            let name = format!("check.c{connections}");
            let (before, point, after) = self.between(
                &name,
                |bench| bench.hello_point(connections),
                |point| point.rate,
                |bench| bench.check_point(&running, connections),
            )?;
            let hello = |value: fn(&Point) -> f64| f64::midpoint(value(&before), value(&after));
            self.report.point(&format!("hello.c{connections}.before"), &before);
            self.report.point(&name, &point);
            self.report.point(&format!("hello.c{connections}.after"), &after);
            self.report
                .figure(&format!("{name}.rate"), point.rate / hello(|point| point.rate));
            self.report
                .figure(&format!("{name}.cpu"), point.cpu / hello(|point| point.cpu));
            self.report
                .figure(&format!("{name}.p99"), point.p99 / hello(|point| point.p99));
        }
        Ok(())
    }

    /// Goals 5 and 6.
    pub(crate) fn sign_in(&mut self, installation: &Installation) -> Result<()> {
        let running = installation.start()?;
        for connections in [16, 64] {
            let name = format!("signin.c{connections}");
            let (before, point, after) = self.between(
                &name,
                Self::raw_hash,
                |raw| raw.rate,
                |bench| bench.sign_in_point(&running, connections),
            )?;
            self.report.raw(&format!("raw.c{connections}.before"), before);
            self.report.point(&name, &point);
            self.report.raw(&format!("raw.c{connections}.after"), after);
            self.report.figure(
                &format!("{name}.rate"),
                point.rate / f64::midpoint(before.rate, after.rate),
            );
            self.report.figure(
                &format!("{name}.cpu"),
                point.cpu / 1e3 / f64::midpoint(before.cpu_ms, after.cpu_ms),
            );
        }
        Ok(())
    }

    /// Goals 7 to 9.
    pub(crate) fn storm(&mut self, installation: &Installation) -> Result<()> {
        let running = installation.start()?;
        self.first_use("storm", &running)?;
        self.saturated_storm(&running)?;
        self.paced_storm(&running)?;
        self.hang_ups(&running)
    }

    /// Checks as fast as they are answered, and the storm on top: what is left of their rate, and of the hashes. The
    /// bare server with bare argon2 beside it says how much of both the machine has to give.
    fn saturated_storm(&mut self, running: &Running<'_>) -> Result<()> {
        let length = self.pace.long_window;
        let raw_before = self.raw_hash()?;
        let (calm_before, (check, sign_in), calm_after) = self.between(
            "storm",
            |bench| bench.check_point(running, 16),
            |point| point.rate,
            |bench| {
                let window = Window::after(bench.pace.warm_up, length);
                let address = running.address;
                let (asking, storming) = (checks(running), sign_ins(running));
                let loads: Vec<Load> = vec![
                    Box::new(move || closed_loop(address, &asking, 200, 16, window)),
                    Box::new(move || closed_loop(address, &storming, 200, STORM, window)),
                ];
                let (mut tallies, cpu) = measure(running.id(), window, loads)?;
                let (Some(sign_in), Some(check)) = (tallies.pop(), tallies.pop()) else {
                    bail!("a load gave nothing");
                };
                Ok((Point::of(check, window, cpu), Point::of(sign_in, window, cpu)))
            },
        )?;
        let raw_after = self.raw_hash()?;
        let raw_rate = f64::midpoint(raw_before.rate, raw_after.rate);
        let calm_rate = f64::midpoint(calm_before.rate, calm_after.rate);
        self.report.point("storm.calm.before", &calm_before);
        self.report.point("storm.check", &check);
        self.report.point("storm.signin", &sign_in);
        self.report.point("storm.calm.after", &calm_after);
        self.report.raw("storm.raw.before", raw_before);
        self.report.raw("storm.raw.after", raw_after);
        self.report.figure("storm.checks_kept", check.rate / calm_rate);
        self.report.figure("storm.signin_rate", sign_in.rate / raw_rate);
        self.report
            .figure("storm.p99", check.p99 / f64::midpoint(calm_before.p99, calm_after.p99));
        self.storm_ceiling(raw_rate)
    }

    /// The bare server with bare argon2 beside it.
    fn storm_ceiling(&mut self, raw_rate: f64) -> Result<()> {
        let window = Window::after(self.pace.warm_up, self.pace.long_window);
        let (request, address) = (self.hello.request(), self.hello.address);
        let script: Script = Arc::new(move |_, out| out.extend_from_slice(&request));
        let asking = thread::spawn(move || closed_loop(address, &script, 200, 16, window));
        let beside = raw_hash(window)?;
        let Ok(asked) = asking.join() else {
            bail!("a client thread ended by a panic");
        };
        let alone = self.hello_point(16)?;
        let ceiling = Point::of(asked?, window, 0.0);
        self.report
            .figure("storm.ceiling.checks_kept", ceiling.rate / alone.rate);
        self.report.figure("storm.ceiling.hash_rate", beside.rate / raw_rate);
        Ok(())
    }

    /// A thousand checks a second, each timed from when it was due, calm and in the storm.
    fn paced_storm(&mut self, running: &Running<'_>) -> Result<()> {
        let length = self.pace.long_window;
        let raw_before = self.raw_hash()?;
        let (calm_before, (probe, sign_in), calm_after) = self.between(
            "paced",
            |bench| {
                let window = Window::after(bench.pace.warm_up, bench.pace.window);
                let (address, asking) = (running.address, checks(running));
                let load: Load = Box::new(move || paced(address, &asking, 200, PROBE_RATE, window));
                let (mut tallies, cpu) = measure(running.id(), window, vec![load])?;
                Ok(Point::of(tallies.pop().unwrap_or_default(), window, cpu))
            },
            |point| point.rate,
            |bench| {
                let window = Window::after(bench.pace.warm_up, length);
                let address = running.address;
                let (asking, storming) = (checks(running), sign_ins(running));
                let loads: Vec<Load> = vec![
                    Box::new(move || paced(address, &asking, 200, PROBE_RATE, window)),
                    Box::new(move || closed_loop(address, &storming, 200, STORM, window)),
                ];
                let (mut tallies, cpu) = measure(running.id(), window, loads)?;
                let (Some(sign_in), Some(probe)) = (tallies.pop(), tallies.pop()) else {
                    bail!("a load gave nothing");
                };
                Ok((Point::of(probe, window, cpu), Point::of(sign_in, window, cpu)))
            },
        )?;
        let raw_after = self.raw_hash()?;
        self.report.point("paced.calm.before", &calm_before);
        self.report.point("paced.probe", &probe);
        self.report.point("paced.signin", &sign_in);
        self.report.point("paced.calm.after", &calm_after);
        let calm = |value: fn(&Point) -> f64| f64::midpoint(value(&calm_before), value(&calm_after));
        self.report
            .figure("paced.checks_kept", probe.rate / calm(|point| point.rate));
        self.report.figure("paced.p99", probe.p99 / calm(|point| point.p99));
        self.report.figure(
            "paced.signin_rate",
            sign_in.rate / f64::midpoint(raw_before.rate, raw_after.rate),
        );
        self.report.figure("storm.refused_p99_ms", sign_in.refused_p99 / 1e3);
        Ok(())
    }

    /// As many sign-ins as the queue holds are sent, and their clients hang up: the hashes that follow all the same.
    fn hang_ups(&mut self, running: &Running<'_>) -> Result<()> {
        let raw = self.raw_hash()?;
        let script = sign_ins(running);
        let mut random = <rand::rngs::SmallRng as rand::SeedableRng>::seed_from_u64(7);
        let mut open = Vec::new();
        for _ in 0..machine::cores() * 17 {
            let mut request = Vec::new();
            script(&mut random, &mut request);
            let mut stream = std::net::TcpStream::connect(running.address)?;
            io::Write::write_all(&mut stream, &request)?;
            open.push(stream);
        }
        thread::sleep(Duration::from_millis(20));
        drop(open);
        thread::sleep(Duration::from_millis(20));
        let before = machine::cpu_seconds(running.id())?;
        thread::sleep(Duration::from_secs(2));
        let spent = machine::cpu_seconds(running.id())? - before;
        self.report
            .figure("storm.hashes_after_hang_up", spent * 1e3 / raw.cpu_ms);
        let mut stream = None;
        let mut request = Vec::new();
        script(&mut random, &mut request);
        if exchange_blocking(running.address, &mut stream, &request)? != 200 {
            bail!("after clients hung up, nobody could sign in");
        }
        Ok(())
    }

    /// Goal 10.
    pub(crate) fn cold(&mut self, installation: &Installation) -> Result<()> {
        let (mut ours, mut hellos) = (Vec::new(), Vec::new());
        for _ in 0..self.pace.starts {
            let began = Instant::now();
            let hello = Hello::start()?;
            first_answer(hello.address, &hello.request(), || Ok(()))?;
            hellos.push(began.elapsed());
            drop(hello);
            ours.push(installation.start()?.took);
        }
        let (ours, hello) = (percentile(&mut ours, 0.5), percentile(&mut hellos, 0.5));
        self.report.figure("cold.ms", ours / 1e3);
        self.report.figure("cold.hello_ms", hello / 1e3);
        self.report.figure("cold.ratio", ours / hello);
        Ok(())
    }

    /// Goal 11. The checks are of few sessions: what the table of sessions takes is told by `growth`.
    pub(crate) fn rss(&mut self, installation: &Installation) -> Result<()> {
        let running = installation.start()?;
        thread::sleep(Duration::from_secs(1));
        let idle = machine::memory(running.id())?;
        machine::forget_peak(running.id());
        let window = Window::after(self.pace.warm_up, self.pace.long_window);
        let address = running.address;
        let (asking, storming) = (checks_over(&running, 1_000), sign_ins(&running));
        let loads: Vec<Load> = vec![
            Box::new(move || closed_loop(address, &asking, 200, 16, window)),
            Box::new(move || closed_loop(address, &storming, 200, STORM, window)),
        ];
        measure(running.id(), window, loads)?;
        let storm = machine::memory(running.id())?;
        self.report.memory("rss.idle", idle);
        self.report.memory("rss.storm", storm);
        self.report.figure("rss.idle_mib", idle.rss);
        let permits = u32::try_from(machine::cores()).map_or(f64::MAX, f64::from);
        self.report
            .figure("rss.storm_extra_mib", storm.peak - idle.rss - permits * HASH_MIB);
        Ok(())
    }

    /// Goals 12 and 13: both sizes run side by side and are measured in turn; of the many sessions a hundred
    /// thousand are in use.
    pub(crate) fn growth(&mut self, program: &std::path::Path) -> Result<()> {
        let few = Installation::make(program, None, self.pace.few)?;
        let began = Instant::now();
        let many = Installation::make(program, None, self.pace.many)?;
        eprintln!(
            "  {} people seeded in {:.1} s",
            many.users,
            began.elapsed().as_secs_f64()
        );
        let (few, many) = (few.start()?, many.start()?);
        self.first_use("growth.few", &few)?;
        self.first_use("growth.many", &many)?;
        let (before, large, after) = self.between(
            "growth.check",
            |bench| bench.check_point(&few, 16),
            |point| point.rate,
            |bench| bench.check_point(&many, 16),
        )?;
        let small = |value: fn(&Point) -> f64| f64::midpoint(value(&before), value(&after));
        self.report.point("growth.check.few", &before);
        self.report.point("growth.check.many", &large);
        self.report
            .figure("growth.check.p50", large.p50 / small(|point| point.p50));
        self.report
            .figure("growth.check.cpu", large.cpu / small(|point| point.cpu));
        let (small, large) = (machine::memory(few.id())?, machine::memory(many.id())?);
        self.report.memory("growth.few", small);
        self.report.memory("growth.many", large);
        self.report.figure("growth.rss_mib", large.rss - small.rss);

        // Enough to keep every hashing thread busy and no more, so that nobody is refused.
        let connections = u64::try_from(machine::cores())? + 2;
        let (before, large, after) = self.between(
            "growth.signin",
            |bench| bench.sign_in_point(&few, connections),
            |point| point.cpu,
            |bench| bench.sign_in_point(&many, connections),
        )?;
        let small = |value: fn(&Point) -> f64| f64::midpoint(value(&before), value(&after));
        self.report.point("growth.signin.few", &before);
        self.report.point("growth.signin.many", &large);
        self.report
            .figure("growth.signin.cpu", large.cpu / small(|point| point.cpu));
        self.report
            .figure("growth.signin.rate", large.rate / small(|point| point.rate));
        Ok(())
    }

    /// Goal 4.
    pub(crate) fn postgres(&mut self, program: &std::path::Path, server: &str) -> Result<()> {
        const CLIENTS: u32 = 16;
        let database = Database::make(server)?;
        let installation = Installation::make(program, Some(&database.url()), self.pace.users)?;
        let running = installation.start()?;
        let (url, users) = (database.url(), self.pace.users);
        let (before, point, after) = self.between(
            "postgres",
            |bench| {
                postgres::point_select(
                    &url,
                    users,
                    CLIENTS,
                    Window::after(bench.pace.warm_up, bench.pace.window),
                )
            },
            |rate| *rate,
            |bench| bench.check_point(&running, u64::from(CLIENTS)),
        )?;
        self.report.point("postgres.check", &point);
        self.report.figure("postgres.select_rate", f64::midpoint(before, after));
        self.report
            .figure("postgres.rate", point.rate / f64::midpoint(before, after));
        Ok(())
    }
}
