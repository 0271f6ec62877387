
# Field $Field of the JSON object that a program prints, or all it prints where no field is named.
function Get-JsonAnswer($Ask, [string] $Field, [string[]] $Words) {
    $text = Get-Answer $Ask $Words
    $object = $null
    if ($text.StartsWith('{') -and $text.EndsWith('}')) {
        try { $object = ConvertFrom-Json -InputObject $text } catch { $object = $null }
    }
    if ($null -eq $object) {
        if ($Field) { Stop-Store $Ask "it is no JSON object, so it has no field ${Field}: leave that out of the reference" '' }
        if ($text -ceq 'None') { Stop-Store $Ask 'the secret holds no text' '' }
        return $text
    }
    $names = ($object.PSObject.Properties | ForEach-Object { $_.Name -replace '[\x00-\x1f\x7f]', '?' }) -join ', '
    if (-not $Field) { Stop-Store $Ask ('it is a JSON object; name its field: {0}#NAME, where NAME is one of: {1}' -f $Ask.Reference, $names) '' }
    return Get-Field $Ask $object $Field
}
