//! What a password hash costs: with a fresh arena, with a reused one, and through the pool. The difference between
//! the last two is all that the pool adds. And a backup code, which costs one hash.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::num::NonZeroUsize;
use std::sync::Arc;

use argon2::{Argon2, Block};
use doorward_auth::engine::argon2::{Argon2Hasher, HashCost, HasherSettings, Peppers};
use doorward_domain::ports::{Entropy, PasswordHasher as _};
use doorward_domain::secret::Password;

const PASSWORD: &str = "correct horse battery";
const BACKUP_CODE: &str = "ABCDEFGHJKMNP";
const SALT: &[u8; 16] = b"0123456789abcdef";

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0x5A);
    }
}

fn main() {
    divan::main();
}

#[divan::bench]
fn fresh_arena(bencher: divan::Bencher) {
    let argon2 = Argon2::default();
    bencher.bench_local(|| {
        let mut tag = [0_u8; 32];
        argon2
            .hash_password_into(PASSWORD.as_bytes(), SALT, &mut tag)
            .map(|()| tag)
    });
}

#[divan::bench]
fn reused_arena(bencher: divan::Bencher) {
    let argon2 = Argon2::default();
    let mut arena = vec![Block::new(); argon2.params().block_count()];
    bencher.bench_local(|| {
        let mut tag = [0_u8; 32];
        argon2
            .hash_password_into_with_memory(PASSWORD.as_bytes(), SALT, &mut tag, arena.as_mut_slice())
            .map(|()| tag)
    });
}

#[divan::bench]
fn check_through_the_pool(bencher: divan::Bencher) {
    let (runtime, hasher) = pool();
    let password = Password::parse(PASSWORD).expect("a password");
    let digest = runtime.block_on(hasher.hash(password.clone())).expect("a digest");
    bencher.bench_local(|| runtime.block_on(hasher.check(password.clone(), Some(digest.clone()))));
}

/// A try with a backup code: as dear as one password, however many codes are left (R74).
#[divan::bench]
fn backup_code_through_the_pool(bencher: divan::Bencher) {
    let (runtime, hasher) = pool();
    let recipe = hasher.new_recipe().expect("a recipe");
    let code = Password::parse(BACKUP_CODE).expect("a code");
    bencher.bench_local(|| runtime.block_on(hasher.hash_by(recipe.clone(), vec![code.clone()])));
}

fn pool() -> (tokio::runtime::Runtime, Argon2Hasher) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a runtime starts");
    let settings = HasherSettings {
        cost: HashCost::default(),
        threads: NonZeroUsize::MIN,
        peppers: Peppers::default(),
    };
    let hasher = Argon2Hasher::start(settings, Arc::new(Fixed)).expect("a thread starts");
    (runtime, hasher)
}
