
# Asks Vault over HTTP: the status, and the answer where there is one.
function Invoke-Vault($Ask, [string] $Address, $Headers, [string] $Path) {
    $left = [int] [Math]::Floor(($Ask.Until - [DateTime]::UtcNow).TotalSeconds)
    if ($left -lt 1) { Stop-Store $Ask 'Vault took longer than 10 seconds' '' }
    $escaped = ($Path.Split('/') | ForEach-Object { [Uri]::EscapeDataString($_) }) -join '/'
    try {
        $answer = Invoke-RestMethod -Uri "$Address/v1/$escaped" -Headers $Headers -TimeoutSec $left -MaximumRedirection 0 -UseBasicParsing
        return @{ Code = 200; Answer = $answer }
    } catch {
        $response = $null
        if ($null -ne $_.Exception.PSObject.Properties['Response']) { $response = $_.Exception.Response }
        if ($null -eq $response) { Stop-Store $Ask "connection refused, or no such host, at $Address" '' }
        return @{ Code = [int] $response.StatusCode; Answer = $null }
    }
}

# Vault: field $Field of the entry at $Path.
function Get-VaultAnswer($Ask, [string] $Path, [string] $Field) {
    foreach ($program in 'vault', 'bao') {
        if ($null -ne (Find-Program $program)) { return Get-Answer $Ask @($program, 'kv', 'get', "-field=$Field", $Path) }
    }
    $Ask.Program = 'Vault'
    $address = "$env:VAULT_ADDR".TrimEnd('/')
    if (-not $address) { Stop-Store $Ask 'there is neither vault nor bao, and VAULT_ADDR, the address to ask without them, is not set' '' }
    if ($address -notmatch '^https://[A-Za-z0-9._~:/%\[\]-]+$' -and $address -notmatch '^http://(?:localhost|127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\])(?::[0-9]+)?(?:/[A-Za-z0-9._~/%-]*)?$') {
        Stop-Store $Ask 'VAULT_ADDR is no plain https:// address' ''
    }
    if ($env:VAULT_CACERT) { Stop-Store $Ask 'VAULT_CACERT counts for the program vault alone: install that, or trust the certificate in the system' '' }
    $token = "$env:VAULT_TOKEN"
    $file = Join-Path $HOME '.vault-token'
    if (-not $token -and (Test-Path -LiteralPath $file -PathType Leaf)) { $token = [IO.File]::ReadAllText($file) }
    $token = $token.Trim()
    if (-not $token) { Stop-Store $Ask 'missing client token: neither VAULT_TOKEN nor ~/.vault-token has one' '' }
    Test-Secret 'the token of Vault' @{ Value = $token; From = 'VAULT_TOKEN or ~/.vault-token' } '!'
    $headers = @{ 'X-Vault-Token' = $token; 'X-Vault-Request' = 'true' }
    if ($env:VAULT_NAMESPACE) { $headers['X-Vault-Namespace'] = $env:VAULT_NAMESPACE }
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    }
    $mount = $Path.Split('/')[0]
    $version = '2'
    $place = Invoke-Vault $Ask $address $headers "sys/internal/ui/mounts/$Path"
    if ($place.Code -eq 200) {
        $mount = "$($place.Answer.data.path)".TrimEnd('/')
        $version = '1'
        if ($null -ne $place.Answer.data.options) { $version = "$($place.Answer.data.options.version)" }
    }
    $rest = $Path.Substring([Math]::Min($Path.Length, $mount.Length + 1))
    $found = if ($version -ceq '2') { Invoke-Vault $Ask $address $headers "$mount/data/$rest" } else { Invoke-Vault $Ask $address $headers "$mount/$rest" }
    if ($found.Code -eq 404) { Stop-Store $Ask 'no value found at that path, or its newest version is deleted (404)' '' }
    if ($found.Code -eq 403) { Stop-Store $Ask 'permission denied (403)' '' }
    if ($found.Code -eq 503) { Stop-Store $Ask 'Vault is sealed, or stands by (503)' '' }
    if ($found.Code -ne 200) { Stop-Store $Ask "Vault answered with $($found.Code)" '' }
    $fields = $found.Answer.data
    if ($version -ceq '2') { $fields = $fields.data }
    return Get-Field $Ask $fields $Field
}
