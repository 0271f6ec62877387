
# The keyring: the Credential Manager of Windows, elsewhere the system's own program.
function Get-KeyringAnswer($Ask, [string] $Service, [string] $Account) {
    if ($env:OS -cne 'Windows_NT') {
        if ($IsMacOS) { return Get-Answer $Ask @('security', 'find-generic-password', '-s', $Service, '-a', $Account, '-w') }
        $Ask.Program = 'secret-tool'
        $path = Find-Program 'secret-tool'
        if ($null -eq $path) { Stop-Absent $Ask 'the program secret-tool' }
        $answer = Invoke-Program $Ask $path @('lookup', 'service', $Service, 'username', $Account)
        if ($answer.Code -eq 0 -and $answer.Output.Trim()) { return $answer.Output.Trim() }
        return Get-Answer $Ask @('secret-tool', 'lookup', 'service', $Service, 'account', $Account)
    }
    $Ask.Program = 'Credential Manager'
    if (-not ('ClaudeScaffold.CredentialManager' -as [type])) {
        Add-Type -Namespace ClaudeScaffold -Name CredentialManager -MemberDefinition @'
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
public struct Credential {
    public uint Flags;
    public uint Type;
    public string TargetName;
    public string Comment;
    public long LastWritten;
    public uint CredentialBlobSize;
    public IntPtr CredentialBlob;
    public uint Persist;
    public uint AttributeCount;
    public IntPtr Attributes;
    public string TargetAlias;
    public string UserName;
}
[DllImport("advapi32.dll", EntryPoint = "CredReadW", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern bool CredRead(string target, uint type, uint flags, out IntPtr credential);
[DllImport("advapi32.dll")]
public static extern void CredFree(IntPtr credential);
'@
    }
    $layout = 'ClaudeScaffold.CredentialManager+Credential' -as [type]
    $pointer = [IntPtr]::Zero
    foreach ($target in "$Account.$Service", $Service, "$Service/$Account") {
        if (-not [ClaudeScaffold.CredentialManager]::CredRead($target, 1, 0, [ref] $pointer)) { continue }
        try {
            $found = [Runtime.InteropServices.Marshal]::PtrToStructure($pointer, $layout)
            if ($target -ceq $Service -and $found.UserName -cne $Account) { continue }
            $bytes = New-Object byte[] ([int] $found.CredentialBlobSize)
            if ($bytes.Length -gt 0) { [Runtime.InteropServices.Marshal]::Copy($found.CredentialBlob, $bytes, 0, $bytes.Length) }
            if ($bytes.Length -gt 1 -and $bytes[1] -eq 0) { return [Text.Encoding]::Unicode.GetString($bytes).Trim() }
            return [Text.Encoding]::UTF8.GetString($bytes).Trim()
        } finally { [ClaudeScaffold.CredentialManager]::CredFree($pointer) }
    }
    Stop-Store $Ask "no matching entry for service $Service and account $Account" ''
}
