# Names are told apart by case here, as they are in the files.
function New-Values { New-Object 'System.Collections.Generic.Dictionary[string,object]' }

function Expand-Escapes([string] $Text) {
    [regex]::Replace($Text, '(?s)\\(.)', {
        param($found)
        $char = $found.Groups[1].Value
        if ($char -ceq 'n') { return "`n" }
        if ($char -ceq 'r') { return "`r" }
        if ($char -ceq 't') { return "`t" }
        if ('"', '\', '$', '`' -ccontains $char) { return $char }
        return $found.Value
    })
}

# Reads NAME=value lines. The file is only read: nothing in it is run or expanded.
function Read-EnvFile([string] $Path) {
    $values = New-Values
    if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) { return ,$values }
    try { $text = [IO.File]::ReadAllText($Path) } catch { Stop-Run "$Path cannot be read: check its mode" }
    $text = $text -replace "`r(?=`n|\z)", ''
    $line = '(?m)^[ \t]*(?>(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_]*)[ \t]*=' +
        '(?:[ \t]*"((?:[^"\\]|\\[\s\S])*)"|[ \t]*''([^'']*)''|([^\n]*))'
    foreach ($found in [regex]::Matches($text, $line)) {
        $number = $text.Substring(0, $found.Groups[1].Index).Split("`n").Count
        if ($found.Groups[2].Success) {
            $value = Expand-Escapes $found.Groups[2].Value
        } elseif ($found.Groups[3].Success) {
            $value = $found.Groups[3].Value
        } else {
            $value = ($found.Groups[4].Value -replace '[ \t]+\x23.*$', '').Trim([char[]] " `t")
            if ($value -match '^["'']') { Stop-Run "a quote is opened in ${Path}:$number and never closed: close it there" }
        }
        $values[$found.Groups[1].Value] = @{ Value = $value; From = "${Path}:$number" }
    }
    return ,$values
}
