//! Keys as vendors issue them, in the files where people leave them.

use claude_scaffold::catalog::{Catalog, Charset, KeyShape, Shape};

use super::chance::{ALNUM, BASE32, BASE64, Chance, HEX, LOWER, UPPER, WORD};

/// One file of one line or more, and whether it holds a key.
pub struct Sample {
    pub path: &'static str,
    pub text: String,
    /// The key; none where there is none.
    pub key: Option<String>,
}

pub fn crc(text: &str) -> String {
    let mut sum = !0_u32;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (if sum & 1 == 1 { 0xedb8_8320 } else { 0 });
        }
    }
    let (mut rest, mut digits) = (!sum, Vec::new());
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for _ in 0..6 {
        digits.push(alphabet[(rest % 62) as usize]);
        rest /= 62;
    }
    digits.reverse();
    String::from_utf8(digits).expect("letters")
}

pub fn body(row: &KeyShape, chance: &mut Chance) -> String {
    let (least, most) = row.length;
    let most = most.min(least + 60);
    let length = least + chance.below(most - least + 1);
    let alphabet = match row.charset {
        Charset::Hex => HEX,
        Charset::Alnum | Charset::Any => ALNUM,
        Charset::Upper => UPPER,
        Charset::Base32 => BASE32,
        Charset::Word | Charset::Dotted => WORD,
        Charset::Base64 => BASE64,
    };
    if row.checksum.is_some() {
        let random = chance.text(alphabet, length - 6);
        let sum = crc(&random);
        return random + &sum;
    }
    if row.vendor == "Langfuse" {
        return uuid(chance);
    }
    // The last letter is never punctuation, which a sentence may end with.
    chance.text(alphabet, length - 1) + &chance.text(if alphabet == HEX { HEX } else { UPPER }, 1)
}

pub fn uuid(chance: &mut Chance) -> String {
    let parts = [8, 4, 4, 4, 12].map(|length| chance.text(HEX, length));
    parts.join("-")
}

/// A line of a file in which people leave keys.
pub fn left(chance: &mut Chance, name: &str, key: &str) -> (&'static str, String) {
    let small = name.to_ascii_lowercase();
    let dashed = small.replace('_', "-");
    match chance.below(16) {
        0 => (".env", format!("PORT=3000\n{name}={key}\n")),
        1 => ("deploy/.env.production", format!("{name}=\"{key}\"\r\n")),
        2 => (
            "config.json",
            format!("{{\n  \"{small}\": \"{key}\",\n  \"n\": 1\n}}\n"),
        ),
        3 => (
            "config.json",
            format!("{{\"env\":{{\"{name}\":\"{key}\"}}}}"),
        ),
        4 => (
            "compose.yaml",
            format!("    environment:\n      {name}: {key}\n"),
        ),
        5 => (
            "compose.yaml",
            format!("    environment:\n      - {name}={key}\n"),
        ),
        6 => ("run.sh", format!("set -e\nexport {name}='{key}'\n")),
        7 => ("run.sh", format!("export {name}=\"${{{name}:-{key}}}\"\n")),
        8 => ("call.sh", format!("curl -H \"{dashed}: {key}\" \"$URL\"\n")),
        9 => (
            "app/main.py",
            format!("client = Client({small}=\"{key}\")\n"),
        ),
        10 => ("app/main.py", format!("os.environ[\"{name}\"] = '{key}'\n")),
        11 => (
            "src/index.ts",
            format!("const {small}: string = `{key}`;\n"),
        ),
        12 => (
            "src/index.ts",
            format!("headers.set(\"{dashed}\", \"{key}\")\n"),
        ),
        13 => ("README.md", format!("Then run `{name}={key} npm start`.\n")),
        14 => (
            "settings.toml",
            format!("[auth]\n{small} = \"{key}\" # {small}\n"),
        ),
        _ => (
            "main.tf",
            format!("variable \"x\" {{\n  {small} = \"{key}\"\n}}\n"),
        ),
    }
}

pub fn vendor_keys(chance: &mut Chance) -> Vec<Sample> {
    let rows = Catalog::embedded().keys().expect("a whole catalogue");
    let words = rows.iter().filter(|row| row.shape == Shape::Word);
    let mut samples = Vec::new();
    for row in words {
        let prefixes = if row.prefixes.is_empty() {
            vec![String::new()]
        } else {
            row.prefixes.clone()
        };
        for prefix in prefixes.iter().cycle().take(prefixes.len().max(3)) {
            let key = format!("{prefix}{}", body(row, chance));
            let name = match row.names.first() {
                Some(_) => known_name(row),
                None => format!(
                    "{}_API_KEY",
                    row.vendor.to_ascii_uppercase().replace(['.', ' '], "_")
                ),
            };
            let (path, text) = left(chance, &name, &key);
            samples.push(Sample {
                path,
                text,
                key: Some(key),
            });
        }
    }
    samples
}

/// A name as people write it, for the rows that are known by names.
pub fn known_name(row: &KeyShape) -> String {
    let name = match (row.vendor.as_str(), row.what.as_str()) {
        ("AWS", "session token") => "AWS_SESSION_TOKEN",
        ("AWS", _) => "AWS_SECRET_ACCESS_KEY",
        ("Cloudflare", _) => "CLOUDFLARE_API_TOKEN",
        ("Vercel", _) => "VERCEL_TOKEN",
        ("Portkey", _) => "PORTKEY_API_KEY",
        ("Azure OpenAI", _) => "AZURE_OPENAI_API_KEY",
        ("Azure", _) => "AZURE_STORAGE_ACCOUNT_KEY",
        ("Mistral", _) => "MISTRAL_API_KEY",
        ("Cohere", _) => "COHERE_API_KEY",
        ("Together", _) => "TOGETHER_API_KEY",
        ("Datadog", _) => "DD_API_KEY",
        (other, _) => panic!("no name for {other}"),
    };
    name.to_owned()
}

pub fn other_keys(chance: &mut Chance) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |path, text, key| {
        samples.push(Sample {
            path,
            text,
            key: Some(key),
        });
    };
    let names = [
        "SERVICE_TOKEN",
        "DB_PASSWORD",
        "CLIENT_SECRET",
        "GATEWAY_API_KEY",
        "SIGNING_SECRET",
        "WEBHOOK_SECRET",
        "JWT_SECRET",
        "ADMIN_TOKEN",
        "ENCRYPTION_KEY",
        "REFRESH_TOKEN",
    ];
    for round in 0..40 {
        let alphabet = [ALNUM, LOWER, HEX, WORD][round % 4];
        let length = 20 + chance.below(44);
        let key = chance.text(alphabet, length - 1) + &chance.text(HEX, 1);
        let (path, text) = left(chance, names[round % names.len()], &key);
        add(path, text, key);
    }
    for _ in 0..6 {
        let jwt = format!(
            "eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}",
            chance.text(ALNUM, 60),
            chance.text(WORD, 42) + "0"
        );
        add(
            "call.sh",
            format!("curl -H \"Authorization: Bearer {jwt}\" x\n"),
            jwt.clone(),
        );
        let password = chance.text(ALNUM, 16);
        add(
            ".env",
            format!("DB=postgres://app:{password}@db.internal.net/x\n"),
            password,
        );
    }
    for title in [
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let lines: Vec<String> = (0..6).map(|_| chance.text(BASE64, 64)).collect();
        let dashes = "-----";
        let block = format!("{dashes}BEGIN {title}{dashes}\n{}\n", lines.join("\n"));
        let text = format!("{block}{dashes}END {title}{dashes}\n");
        add("id.pem", text.clone(), block.clone());
        add(
            "sa.json",
            format!("{{\"private_key\": \"{}\"}}", text.replace('\n', "\\n")),
            block.replace('\n', "\\n"),
        );
    }
    samples
}

pub fn clean(path: &'static str, text: String) -> Sample {
    Sample {
        path,
        text,
        key: None,
    }
}
