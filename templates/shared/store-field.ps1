
function Get-Field($Ask, $Object, [string] $Field) {
    $names = @()
    if ($null -ne $Object) {
        foreach ($property in $Object.PSObject.Properties) {
            if ($property.Name -ceq $Field -and $property.Value -is [string]) { return $property.Value }
            $names += $property.Name -replace '[\x00-\x1f\x7f]', '?'
        }
    }
    Stop-Store $Ask "it has no text field $Field; there is: $($names -join ', ')" ''
}
