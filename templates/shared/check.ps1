# Refuses a secret unless it is one line of the characters from $First to ~.
function Test-Secret([string] $Label, $Found, [string] $First) {
    $value = $Found.Value
    $from = $Found.From
    if (-not $value) { Stop-Run "$Label is empty: fix it in $from" }
    if ($value -ceq [[ placeholder.key | ps1 ]]) { Stop-Run "$Label is still the placeholder: put your own in $from" }
    if ($value.Contains("`n")) { Stop-Run "$Label is more than one line: fix it in $from" }
    if ($First -ceq '!' -and $value.StartsWith('{') -and $value.EndsWith('}')) { Stop-Run "$Label is a JSON object, not a key: fix it in $from" }
    if ($value.Length -gt 8192) { Stop-Run "$Label is longer than 8 KiB: fix it in $from" }
    if ($value -cmatch "[^$First-~]") {
        Stop-Run "$Label holds a character that no key has, such as a blank or a control character: fix it in $from"
    }
}
