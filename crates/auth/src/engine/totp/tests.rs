use doorward_domain::second_factor::{AppSecret, TypedFactor};
use proptest::prelude::*;
use totp_rs::Algorithm;

use super::*;

const RFC_SECRET: [u8; 20] = *b"12345678901234567890";

fn secret() -> AppSecret {
    AppSecret::from_bytes(RFC_SECRET)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn typed(text: &str) -> AppCode {
    match TypedFactor::parse(text) {
        TypedFactor::App(code) => code,
        other => panic!("{text} is no app code: {other:?}"),
    }
}

fn step_of(text: &str, now: i64) -> Option<i64> {
    check(&secret(), &typed(text), at(now))
        .unwrap()
        .map(|matched| matched.step())
}

/// RFC 4226, appendix D: counters 0 to 9.
const HOTP: [&str; 10] = [
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
];

#[test]
fn r66_the_vectors_of_rfc_4226_match_at_their_counters() {
    for (counter, code) in (0..).zip(HOTP) {
        let now = counter * STEP_SECONDS;
        assert_eq!(step_of(code, now), Some(counter), "{code}");
        assert_eq!(step_of(code, now + 29), Some(counter), "{code} at the end of its step");
    }
}

/// RFC 6238, appendix B: seconds, and eight digits by SHA-1, SHA-256 and SHA-512.
const TOTP: [(i64, [&str; 3]); 6] = [
    (59, ["94287082", "46119246", "90693936"]),
    (1_111_111_109, ["07081804", "68084774", "25091201"]),
    (1_111_111_111, ["14050471", "67062674", "99943326"]),
    (1_234_567_890, ["89005924", "91819424", "93441116"]),
    (2_000_000_000, ["69279037", "90698825", "38618901"]),
    (20_000_000_000, ["65353130", "77737706", "47863826"]),
];

#[test]
fn r67_the_vectors_of_rfc_6238_match() {
    let seed = |length: usize| -> Vec<u8> { b"1234567890".iter().copied().cycle().take(length).collect() };
    let algorithms = [(Algorithm::SHA1, 20), (Algorithm::SHA256, 32), (Algorithm::SHA512, 64)];
    for (seconds, codes) in TOTP {
        for ((algorithm, length), code) in algorithms.into_iter().zip(codes) {
            let generator = Builder::new()
                .with_algorithm(algorithm)
                .with_digits(8)
                .with_secret(Secret::from(seed(length)))
                .with_account_name("account".to_owned())
                .with_issuer(Some("issuer".to_owned()))
                .build()
                .unwrap();
            let made = generator.generate(u64::try_from(seconds).unwrap()).to_string();
            assert_eq!(made, code, "{algorithm:?} at {seconds}");
        }
        // Ours: the last six of the eight digits by SHA-1.
        let six = &codes[0][2..];
        assert_eq!(
            step_of(six, seconds),
            Some(seconds / STEP_SECONDS),
            "{six} at {seconds}"
        );
    }
}

#[test]
fn r69_one_step_either_side_and_nothing_else() {
    for (counter, code) in (0..).zip(HOTP) {
        let start = counter * STEP_SECONDS;
        for (seconds, good) in [
            (start - 31, false),
            (start - 30, true),
            (start - 1, true),
            (start + 59, true),
            (start + 60, false),
        ] {
            if seconds >= 0 {
                assert_eq!(step_of(code, seconds).is_some(), good, "{code} at {seconds}");
            }
        }
    }
}

#[test]
fn a_clock_before_the_epoch_or_far_away_is_no_panic() {
    for seconds in [-1, -31, i64::MIN / 2_000_000, i64::MAX / 2_000_000] {
        let _ = check(&secret(), &typed("755224"), at(seconds)).unwrap();
    }
}

#[test]
fn oathtool_agrees_where_it_is_installed() {
    for seconds in [59, 1_111_111_109, 2_000_000_000] {
        let run = std::process::Command::new("oathtool")
            .args(["--totp", "--now", &format!("@{seconds}")])
            .arg(data_encoding::HEXLOWER.encode(&RFC_SECRET))
            .output();
        let Ok(output) = run else {
            return;
        };
        let code = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            step_of(code.trim(), seconds),
            Some(seconds / STEP_SECONDS),
            "{output:?}"
        );
    }
}

#[test]
fn r68_the_address_holds_the_key_the_issuer_and_the_three_figures() {
    let shown = setup(&secret(), "jo@example.com", "Acme: Help & more").unwrap();
    assert_eq!(shown.key, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    let url = url::Url::parse(&shown.url).unwrap();
    assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
    let pairs: std::collections::BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let get = |name: &str| pairs.get(name).map(String::as_str);
    assert_eq!(get("secret"), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    assert_eq!(get("issuer"), Some("Acme  Help & more"));
    assert_eq!(
        (get("algorithm"), get("digits"), get("period")),
        (Some("SHA1"), Some("6"), Some("30"))
    );
    assert_eq!(url.query_pairs().count(), 5, "each once: {}", shown.url);
    assert!(url.path().ends_with("jo%40example.com"), "{}", url.path());
    assert_eq!(format!("{shown:?}"), "AppSetup([redacted])");
}

/// The modules of the QR code, read back from the paths of the SVG.
fn modules(svg: &str) -> Vec<Vec<bool>> {
    let width = attribute(svg, "width");
    let height = attribute(svg, "height");
    assert_eq!(width, height);
    let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut squares = Vec::new();
    let mut side = usize::MAX;
    for square in path.split('M').filter(|square| !square.is_empty()) {
        let (corner, rest) = square.split_once('h').unwrap();
        let (x, y) = corner.split_once([' ', ',']).unwrap();
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        side = side.min(length);
        squares.push((x.parse::<usize>().unwrap(), y.trim().parse::<usize>().unwrap(), length));
    }
    let count = width / side;
    let mut grid = vec![vec![false; count]; count];
    for (x, y, length) in squares {
        for step in 0..length / side {
            grid[y / side][x / side + step] = true;
        }
    }
    grid
}

fn attribute(svg: &str, name: &str) -> usize {
    let text = svg.split(&format!("{name}=\"")).nth(1).unwrap();
    text.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn the_qr_code_shows_the_same_address_and_is_an_element_that_can_stand_in_a_page() {
    let shown = setup(&secret(), "jo@example.com", "Acme").unwrap();
    let svg = &shown.qr_svg;
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    for forbidden in ["<script", "<?xml", "href", "onload", "<!DOCTYPE"] {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
    let expected = QrCode::with_error_correction_level(&shown.url, EcLevel::M).unwrap();
    let quiet = 4;
    let grid = modules(svg);
    assert_eq!(grid.len(), expected.width() + 2 * quiet);
    for (y, row) in grid.iter().enumerate() {
        for (x, dark) in row.iter().enumerate() {
            let inside =
                (quiet..quiet + expected.width()).contains(&x) && (quiet..quiet + expected.width()).contains(&y);
            let wanted = inside && expected[(x - quiet, y - quiet)] == qrcode::Color::Dark;
            assert_eq!(*dark, wanted, "module {x}, {y}");
        }
    }
}

proptest! {
    #[test]
    fn any_name_of_an_account_and_a_workspace_can_be_shown(account in ".{1,60}", issuer in ".{1,60}") {
        let shown = setup(&secret(), &account, &issuer).unwrap();
        let url = url::Url::parse(&shown.url).unwrap();
        let secrets: Vec<_> = url.query_pairs().filter(|(name, _)| name == "secret").collect();
        prop_assert_eq!(secrets.len(), 1);
        prop_assert_eq!(secrets[0].1.as_ref(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
