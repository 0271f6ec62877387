//! What looks like keys and is none.

use super::chance::{ALNUM, BASE64, Chance, HEX, LOWER, WORD};
use super::keys::{Sample, clean, left, uuid};

/// What stands for a key, says where one is, or sums something up.
pub fn no_keys(chance: &mut Chance) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |path, text| samples.push(clean(path, text));
    let fillers = [
        "your-api-key-here",
        "sk-ant-your-key-here-0000000000",
        "xxxxxxxxxxxxxxxxxxxxxxxx",
        "<your token>",
        "changeme",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "REPLACE_ME_WITH_A_REAL_TOKEN_1",
        "example-token-0123456789abcdef",
        "sk-ant-api03-...",
        "my-secret-token-for-development",
        "test-key-not-for-production-use-1",
        "0000000000000000000000000000",
        "sk-1234567890abcdef1234567890abcdef",
        "dummy-value-for-ci-2024-run-17",
        "***************",
        "insert-token-here-please-12",
    ];
    for filler in fillers {
        let (path, text) = left(chance, "GATEWAY_API_KEY", filler);
        add(path, text);
    }
    let aws = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let aws_secret = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCY", "EXAMPLEKEY"].concat();
    for round in 0..4 {
        let (path, text) = left(chance, "AWS_ACCESS_KEY_ID", &aws);
        add(path, text);
        let (path, text) = left(chance, "AWS_SECRET_ACCESS_KEY", &aws_secret);
        add(path, text);
        let cut = format!("ghp_{}", chance.text(ALNUM, 36 - round));
        let (path, text) = left(chance, "GITHUB_TOKEN", &cut);
        // Without the check sum it is none that the vendor issued; shorter, it is only a likely one.
        if round == 0 {
            add(path, text);
        }
    }
    let references = [
        "${GATEWAY_TOKEN_2}",
        "$GATEWAY_TOKEN",
        "ENV:ANTHROPIC_API_KEY_2",
        "VAULT:secret/gateway#key1",
        "op://vault/item/field1",
        "${{ secrets.GATEWAY_KEY_2 }}",
        "os.environ/ANTHROPIC_API_KEY_1",
        "{{ vault_gateway_token_1 }}",
        "%GATEWAY_TOKEN_2%",
        "!secret gateway_token_number_2",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gw-Ab1Cd2",
        "AWS-SM:prod/gateway#key-1",
        "file:/run/secrets/gateway_token_1",
        "/run/secrets/gateway_token_v2",
        "vault:secret/data/gw1#k",
        "keyring:gateway/account-1",
        "$(pass show work/gateway/key1)",
        "<%= ENV['GATEWAY_TOKEN_1'] %>",
    ];
    for reference in references {
        for _ in 0..2 {
            let (path, text) = left(chance, "GATEWAY_API_TOKEN", reference);
            add(path, text);
        }
    }
    samples.extend(sums(chance));
    samples.extend(code(chance));
    samples
}

/// Digests, ids, packed text and public keys.
#[expect(clippy::too_many_lines, reason = "a list")]
fn sums(chance: &mut Chance) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |path, text| samples.push(clean(path, text));
    for _ in 0..8 {
        let sha256 = chance.text(HEX, 64);
        let sha1 = chance.text(HEX, 40);
        let md5 = chance.text(HEX, 32);
        let sha512 = chance.text(BASE64, 86);
        let id = uuid(chance);
        let packed = chance.text(BASE64, 3000);
        add(
            "package-lock.json",
            format!("\"integrity\": \"sha512-{sha512}==\","),
        );
        add(
            "yarn.lock",
            format!("  resolved \"https://r/x.tgz#{sha1}\"\n  token {sha512}\n"),
        );
        add("Cargo.lock", format!("checksum = \"{sha256}\"\n"));
        add(
            "poetry.lock",
            format!("{{file = \"a.whl\", hash = \"sha256:{sha256}\"}},\n"),
        );
        add(
            "go.sum",
            format!("golang.org/x/net v0.1.0 h1:{}=\n", &sha512[..43]),
        );
        add("Dockerfile", format!("FROM alpine@sha256:{sha256}\n"));
        add(
            "ci.yml",
            format!("      - uses: actions/checkout@{sha1} # v4\n"),
        );
        add(
            "ci.yml",
            format!("          key: deps-${{{{ runner.os }}}}-{md5}\n"),
        );
        add(
            "CHANGES.md",
            format!("Reverts {sha1}, see also commit {}.\n", &sha1[..12]),
        );
        add(
            "app.ts",
            format!("const tenantId = \"{id}\";\nconst clientId = '{id}';\n"),
        );
        add("app.yml", format!("token_id: {id}\nrequest-key: {id}\n"));
        add(
            "pixel.css",
            format!("a {{ background: url(data:image/png;base64,{packed}) }}\n"),
        );
        add(
            "page.html",
            format!("<img alt=\"token\" src=\"data:image/gif;base64,{packed}\">\n"),
        );
        add(
            "id.pub",
            format!(
                "ssh-rsa AAAAB3NzaC1yc2E{} ada@host\n",
                chance.text(BASE64, 340)
            ),
        );
        add(
            "id.pem",
            format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                &packed[..64]
            ),
        );
        add(
            "config.json",
            format!(
                "\"publicKey\": \"{}\",\n\"etag\": \"{md5}\"\n",
                &packed[..44]
            ),
        );
        add(
            "lib.min.js",
            format!(
                "var a=\"{}\",token=\"{}\";",
                &packed[..500],
                chance.text(ALNUM, 24)
            ),
        );
        add(
            "bundle.js",
            format!(
                "{}apiKey:\"{}\"",
                "function(t,e){return t+e};".repeat(300),
                chance.text(ALNUM, 30)
            ),
        );
        add(
            "db.sql",
            format!(
                "insert into users (password_hash) values ('$2b$12${}');\n",
                chance.text(ALNUM, 53)
            ),
        );
        add(
            "api.json",
            format!("\"next_page_token\": \"{}\"\n", chance.text(WORD, 40)),
        );
        add(
            "form.html",
            format!(
                "<input name=\"csrf_token\" value=\"{}\">\n",
                chance.text(WORD, 40)
            ),
        );
        add(
            "values.yml",
            format!("password: ENC[AES256_GCM,data:{},iv:x]\n", &packed[..30]),
        );
        add(
            "age.txt",
            format!("# public key: age1{}\n", chance.text(LOWER, 58)),
        );
    }
    samples
}

/// Programs and prose about keys.
fn code(chance: &mut Chance) -> Vec<Sample> {
    let lines: [(&'static str, &str); 46] = [
        ("a.py", "api_key = os.environ[\"ANTHROPIC_API_KEY_2\"]"),
        ("a.py", "token = get_access_token_v2(client, retries=3)"),
        ("a.py", "API_KEY_HEADER = \"x-litellm-api-key-v2\""),
        ("a.py", "password: Optional[SecretStr1] = None"),
        ("a.py", "self.token = token2 or self.config.token_from_env1"),
        ("a.py", "secret_name = \"prod/gateway/api-key-2024\""),
        ("a.py", "if token == \"refresh_token_expired_v2\":"),
        (
            "a.ts",
            "const apiKey = process.env.ANTHROPIC_API_KEY1 ?? '';",
        ),
        (
            "a.ts",
            "const accessToken = await getAccessTokenSilently2();",
        ),
        ("a.ts", "apiKey: config.gateway.apiKeyRef1,"),
        ("a.ts", "password: z.string().min(12).max(128),"),
        ("a.ts", "token: 'colors.primary.background500',"),
        ("a.ts", "const TOKEN_KEY = 'myapp.auth.accessToken.v1';"),
        ("a.ts", "<Trans key=\"settings.password.placeholder2\" />"),
        ("a.go", "token := strings.TrimPrefix(header1, \"Bearer \")"),
        ("a.go", "password, err := reader.ReadString('\\n')"),
        ("a.rs", "let secret = SecretRef::parse(text1)?;"),
        (
            "a.rs",
            "pub const TOKEN: &str = \"application/vnd.github.v3+json\";",
        ),
        (
            "a.java",
            "String password = System.getenv(\"DB_PASSWORD_1\");",
        ),
        ("a.yml", "apiKeySecretRef: gateway-credentials-v2"),
        ("a.yml", "secretName: gateway-tls-certificate-2024"),
        ("a.yml", "token: ${{ secrets.GITHUB_TOKEN }}"),
        ("a.yml", "password: \"\""),
        ("a.yml", "tokenizer: claude-tokenizer-v3-multilingual"),
        ("a.yml", "max_tokens: 8192"),
        ("a.env", "SECRET_MANAGER=aws-secrets-manager-eu-west-1"),
        ("a.env", "TOKEN_URL=https://login.internal.net/oauth2/token"),
        ("a.env", "ANTHROPIC_API_KEY="),
        ("a.env", "API_KEY_FILE=/etc/gateway/keys/primary-2024.key"),
        ("a.env", "AUTH_TOKEN=your_auth_token_goes_here_123"),
        (
            "a.sh",
            "PASSWORD=$(aws secretsmanager get-secret-value --secret-id gw1)",
        ),
        ("a.sh", "export TOKEN=\"$(cat /run/secrets/token1)\""),
        ("a.sh", "read -rsp 'password: ' DB_PASSWORD1"),
        (
            "a.sh",
            "git clone https://x-access-token:${GITHUB_TOKEN}@github.com/o/r",
        ),
        (
            "a.md",
            "Set `ANTHROPIC_API_KEY` to a key that begins with `sk-ant-`.",
        ),
        (
            "a.md",
            "The password: at least 12 characters, 1 digit, 1 sign.",
        ),
        ("a.md", "| token | sk-ant-… | ghp_… |"),
        ("a.md", "postgres://user:password@localhost:5432/app"),
        (
            "a.md",
            "see hf_hub_download_2, npm_config_registry1 and sk-learn-contrib-0-24-2",
        ),
        (
            "a.json",
            "\"apiKeyHelper\": \"./scripts/claude-api-key.sh --ttl 300000\",",
        ),
        ("a.json", "\"tokenEndpoint\": \"oauth2/v2.0/token\","),
        (
            "a.json",
            "\"key\": \"dashboard.widgets.revenue-2024.title\",",
        ),
        ("a.json", "\"model\": \"claude-sonnet-4-5-20250929\","),
        (
            "a.css",
            ".sk-cube-grid .sk-cube2-animation-delay-1-3 { top: 0 }",
        ),
        ("a.tf", "secret = google_secret_manager_secret.gateway1.id"),
        ("a.tf", "kms_key_id = aws_kms_key.gateway_key_2024.arn"),
    ];
    let mut samples: Vec<Sample> = lines
        .iter()
        .map(|(path, line)| clean(path, format!("{line}\n")))
        .collect();
    for _ in 0..10 {
        let words = [
            "gateway", "primary", "billing", "service", "reader", "session", "cluster", "preview",
            "orders",
        ];
        let name: Vec<&str> = (0..4).map(|_| *chance.of(&words)).collect();
        let name = format!("{}-{}", name.join("-"), chance.below(2000));
        let (path, text) = left(chance, "SERVICE_ACCOUNT_TOKEN", &name);
        samples.push(clean(path, text));
    }
    samples
}
