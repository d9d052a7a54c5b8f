using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>
/// The token of a system that is all loopback and names none: a file, 0600, shared by the agents of one user on one host.
/// It appears whole or not at all, and never twice.
/// </summary>
public static partial class TokenFile
{
    private const int TokenBytes = 32;
    private const int MaxBytes = 4096;
    private const int FileExists = 17; // EEXIST
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersMay = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the token, or creates the file (its folder must exist); of several that create it at once, all return the same token.</summary>
    /// <exception cref="CredentialException">Too open, empty, or not readable or writable.</exception>
    public static Secret GetOrCreate(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            return Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException($"the token file {path} cannot be used: {e.Message}; let it and its folder belong to the agent's user", e);
        }
    }

    private static Secret Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var mode = File.GetUnixFileMode(file.SafeFileHandle);
        if ((mode & OthersMay) != UnixFileMode.None)
        {
            throw new CredentialException($"the token file {path} can be read or changed by others; run: chmod 600 {path}");
        }

        var bytes = new byte[MaxBytes];
        var token = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false)).Trim();
        return token.Length > 0
            ? new Secret(token)
            : throw new CredentialException($"the token file {path} is empty; delete it, and the agent makes a new one");
    }

    private static void Create(string path)
    {
        var draft = $"{path}.{RandomNumberGenerator.GetHexString(16)}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        try
        {
            using (var file = new FileStream(draft, options))
            {
                file.Write(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)) + "\n"));
                file.Flush(flushToDisk: true);
            }

            // A rename would replace the token that another agent has made and read meanwhile; a link refuses.
            if (Link(draft, path) != 0 && Marshal.GetLastPInvokeError() is var error and not FileExists)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
        finally
        {
            File.Delete(draft);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);
}
