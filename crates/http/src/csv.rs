//! Comma-separated values as they leave this server: quoted by RFC 4180, and never read by a spreadsheet as a formula (R103).

/// One record, its line end included.
pub(crate) fn record<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push(&mut line, field.as_ref());
    }
    line.push_str("\r\n");
    line
}

fn push(line: &mut String, field: &str) {
    // What a spreadsheet would work out stands behind an apostrophe.
    let apostrophe = if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        "'"
    } else {
        ""
    };
    let quoted = field.contains([',', '"', '\r', '\n']);
    if quoted {
        line.push('"');
    }
    line.push_str(apostrophe);
    for c in field.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    if quoted {
        line.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r103_fields_are_quoted_and_no_formula_runs() {
        for (field, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("\0x", "'\0x"),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(record([field]), format!("{expected}\r\n"), "{field:?}");
        }
        assert_eq!(record(["a", "=b", "c,d"]), "a,'=b,\"c,d\"\r\n");
    }
}
