
# What may hold a key: no program of a store gets these, and none whose name begins with HEADER_.
$SecretVariables = @(
    'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS', 'OPENAI_API_KEY', 'GATEWAY_TOKEN'
[%- for name in hidden.names %]
    [[ name | ps1 ]]
[%- endfor %]
)

# What is known of the stores: what their programs say, and what helps.
$StoreFacts = @{
[%- for store in parts.list %]
    [[ store.scheme | ps1 ]] = @{
        Name = [[ store.name | ps1 ]]
        Login = [[ store.login | ps1 ]]
        Install = [[ store.install | ps1 ]]
        LoggedOut = [[ store.logged_out_regex | ps1 ]]
        Missing = [[ store.missing_regex | ps1 ]]
        Unavailable = [[ store.unavailable_regex | ps1 ]]
    }
[%- endfor %]
}

# Stops without a value; $Said is what the store's program wrote to standard error.
function Stop-Store($Ask, [string] $Reason, [string] $Said) {
    $facts = $StoreFacts[$Ask.Reference.Split(':')[0]]
    $lines = @($Said -split "`n" | ForEach-Object { ($_ -replace '\x1b.[0-9;]*[A-Za-z]', '') -replace '[\x00-\x1f\x7f-\x9f]', '' } |
        Where-Object { $_.Trim() } | Select-Object -Last 5)
    foreach ($line in $lines) {
        if ($line.Length -gt 300) { $line = $line.Substring(0, 300) }
        $shown = $line -creplace '(?<![A-Za-z0-9_+=.-])(?:(?:sk|pk|rk|hvs|hvb|ghp|gho|ghs|glpat|xox[a-z]|AKIA|ASIA|eyJ)[-_.A-Za-z0-9]{12,}|(?=[^ ]*[0-9])(?=[^ ]*[A-Za-z])[A-Za-z0-9_+=.]{32,})', '(redacted)'
        [Console]::Error.WriteLine("$($Ask.Program): $shown")
    }
    $text = "$Said $Reason"
    $help = ''
    if ($null -eq $facts) { $help = '' }
    elseif ($text -match $facts.LoggedOut) { $help = "log in, or ask for the right to read it: $($facts.Login)" }
    elseif ($text -match $facts.Missing) { $help = 'there is no such secret: fix the reference in the manifest' }
    elseif ($text -match $facts.Unavailable) { $help = "$($facts.Name) cannot be reached: is it running and unsealed, and is its address right?" }
    elseif ($Said) { $help = "if you are not logged in: $($facts.Login)" }
    if ($help) { $help = "`nhelp: $help" }
    Stop-Run "$($Ask.Reference) gave no value for $($Ask.Label): $Reason$help"
}

# Stops because a store's program is not there.
function Stop-Absent($Ask, [string] $What) {
    $facts = $StoreFacts[$Ask.Reference.Split(':')[0]]
    $help = ''
    if ($null -ne $facts -and $facts.Install) { $help = "`nhelp: install it: $($facts.Install)" }
    Stop-Run "$($Ask.Label) needs $What, not found, for $($Ask.Reference)$help"
}

# The full path of a program; one with a slash is relative to the root.
function Find-Program([string] $Name) {
    if ($Name -match '[\\/]') {
        $path = [IO.Path]::Combine($Root, $Name)
        foreach ($ending in '', '.exe', '.cmd', '.bat') {
            if (Test-Path -LiteralPath ($path + $ending) -PathType Leaf) { return $path + $ending }
        }
        return $null
    }
    $found = Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($null -eq $found) { return $null }
    return $found.Path
}

# Words as one command line, quoted as programs take them apart again.
function Join-Words([string[]] $Words) {
    $quoted = @()
    foreach ($word in $Words) {
        if ($word -ne '' -and $word -notmatch '[\s"]') { $quoted += $word }
        else { $quoted += '"' + (($word -replace '(\\*)"', '$1$1\"') -replace '(\\+)$', '$1$1') + '"' }
    }
    return $quoted -join ' '
}

function Stop-Tree($Process) {
    try {
        if ($PSVersionTable.PSVersion.Major -ge 6) { $Process.Kill($true) }
        else { & "$env:SystemRoot\System32\taskkill.exe" /PID $Process.Id /T /F 2>&1 | Out-Null }
    } catch { try { $Process.Kill() } catch { } }
}

# Runs a store's program in the root, without a shell and without keys in its environment.
function Invoke-Program($Ask, [string] $Path, [string[]] $Words) {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $Path
    $start.Arguments = Join-Words $Words
    if ($Path -match '\.(?:cmd|bat)$') {
        # A batch file is run by cmd.exe, which would take these characters for its own.
        foreach ($word in @($Path) + $Words) {
            if ($word -match '["%!^&|<>\x00-\x1f]') { Stop-Store $Ask 'the reference holds a character that cmd.exe would take for its own' '' }
        }
        $start.FileName = $env:ComSpec
        $start.Arguments = '/d /s /c ""' + $Path + '" ' + (Join-Words $Words) + '"'
    }
    $start.WorkingDirectory = $Root
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    foreach ($name in @($start.EnvironmentVariables.Keys)) {
        if ($SecretVariables -contains $name -or $name -like 'HEADER_*') { $start.EnvironmentVariables.Remove($name) }
    }
    try { $process = [Diagnostics.Process]::Start($start) } catch { Stop-Store $Ask "$($Ask.Program) could not be started" $_.Exception.Message }
    $process.StandardInput.Close()
    $buffer = New-Object char[] 65537
    $output = $process.StandardOutput.ReadBlockAsync($buffer, 0, $buffer.Length)
    $errors = $process.StandardError.ReadToEndAsync()
    $left = [int] [Math]::Max(1000, ($Ask.Until - [DateTime]::UtcNow).TotalMilliseconds)
    $done = $output.Wait($left)
    if ($done -and $output.Result -eq $buffer.Length) {
        Stop-Tree $process
        Stop-Store $Ask "$($Ask.Program) printed more than 64 KiB" ''
    }
    $left = [int] [Math]::Max(1000, ($Ask.Until - [DateTime]::UtcNow).TotalMilliseconds)
    if (-not $done -or -not $process.WaitForExit($left)) {
        Stop-Tree $process
        Stop-Store $Ask "$($Ask.Program) took longer than 10 seconds" ''
    }
    $said = ''
    if ($errors.Wait(1000)) { $said = $errors.Result }
    return @{ Code = $process.ExitCode; Output = (New-Object string $buffer, 0, $output.Result); Said = $said }
}

# The same, where anything but success is the end of it.
function Get-Answer($Ask, [string[]] $Words) {
    $Ask.Program = $Words[0]
    $path = Find-Program $Words[0]
    if ($null -eq $path) { Stop-Absent $Ask "the program $($Words[0])" }
    $answer = Invoke-Program $Ask $path @($Words | Select-Object -Skip 1)
    if ($answer.Code -ne 0) { Stop-Store $Ask "$($Words[0]) failed (exit $($answer.Code))" $answer.Said }
    return $answer.Output.Trim()
}
