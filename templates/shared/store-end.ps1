
# The secret $Label from where the reference points; the words after it say how it is asked for.
function Get-Stored([string] $Label, [string[]] $Call) {
    $reference = $Call[0]
    $ask = @{ Label = $Label; Reference = $reference; Program = ''; Until = [DateTime]::UtcNow.AddSeconds(10) }
    $words = @($Call | Select-Object -Skip 2)
    $value = ''
[%- if parts.vault %]
    if ($Call[1] -ceq 'vault') { $value = Get-VaultAnswer $ask $words[0] $words[1] }
[%- endif %]
[%- if parts.json %]
    if ($Call[1] -ceq 'json') { $value = Get-JsonAnswer $ask $words[0] @($words | Select-Object -Skip 1) }
[%- endif %]
[%- if parts.keyring %]
    if ($Call[1] -ceq 'keyring') { $value = Get-KeyringAnswer $ask $words[0] $words[1] }
[%- endif %]
[%- if parts.pass %]
    if ($Call[1] -ceq 'pass') { $value = (Get-Answer $ask $words).Split("`n")[0] }
[%- endif %]
[%- if parts.line %]
    if ($Call[1] -ceq 'line') { $value = Get-Answer $ask $words }
[%- endif %]
    $value = ([string] $value).Trim()
    return @{ Value = $value; From = $reference }
}
