using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Holdfast.Harness.Network;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Harness.Sites;

/// <summary>
/// A network namespace. It has no name and no file: we hold it open, and it is gone when we close it, or end, and no process is left in it.
/// </summary>
public sealed partial class Namespace : IDisposable
{
    private const int NetworkNamespace = 0x40000000;
    private const int CloseOnExec = 0x80000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly SafeFileHandle _handle;

    private Namespace(SafeFileHandle handle, string name)
    {
        (_handle, Name) = (handle, name);
        Id = Identity(PathOf(handle));
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>What the kernel calls it, as in <c>/proc/PID/ns/net</c>.</summary>
    public string Id { get; }

    /// <summary>Where other programs can open it while we live.</summary>
    public string Path => PathOf(_handle);

    /// <summary>Makes a new one, with nothing in it but a loopback that is up.</summary>
    public static async Task<Namespace> CreateAsync(string name)
    {
        // Another process makes it and waits until we have taken hold of it. A thread of ours must not: threads that the runtime happens to
        // start from it would be born inside, and stay.
        var start = new ProcessStartInfo("unshare", ["--net", "--", "sh", "-c", "ip link set lo up && echo made && read -r _"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var maker = Process.Start(start) ?? throw new InvalidOperationException("unshare did not start");
        try
        {
            var errors = maker.StandardError.ReadToEndAsync();
            if (await maker.StandardOutput.ReadLineAsync().WaitAsync(Limit) != "made")
            {
                throw new InvalidOperationException($"cannot make the namespace of {name}: {await errors.WaitAsync(Limit)}");
            }

            var handle = Open($"/proc/{maker.Id}/ns/net");
            maker.StandardInput.Close();
            await maker.WaitForExitAsync().WaitAsync(Limit);
            return new Namespace(handle, name);
        }
        finally
        {
            if (!maker.HasExited)
            {
                maker.Kill();
            }
        }
    }

    /// <summary>A socket that is inside, whoever uses it.</summary>
    public async Task<Socket> SocketAsync(SocketType type, ProtocolType protocol)
    {
        var done = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(MakeSocket(type, protocol));
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        })
        { IsBackground = true, Name = $"socket in {Name}" }.Start();
        return await done.Task;
    }

    /// <summary>The namespace that a process is in now; null: the process is gone, or is not for us to look at.</summary>
    public static string? OfProcess(int processId)
    {
        try
        {
            return Identity($"/proc/{processId}/ns/net");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The command line that starts this one inside, without our powers over networks unless <paramref name="privileged"/>.</summary>
    public IReadOnlyList<string> Enter(IReadOnlyList<string> command, bool privileged = false) =>
    [
        "nsenter", $"--net={Path}", "--", .. privileged ? Array.Empty<string>() : ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--"],
        .. command,
    ];

    /// <summary>Runs a tool such as <c>ip</c>, <c>nft</c> or <c>tc</c> inside, and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public Task<string> RunAsync(IReadOnlyList<string> command, string input = "") => ToolAsync(Enter(command, privileged: true), input, Name);

    /// <summary>The same in the namespace that we are in ourselves.</summary>
    public static Task<string> RunHereAsync(IReadOnlyList<string> command, string input = "") => ToolAsync(command, input, "our own namespace");

    public void Dispose() => _handle.Dispose();

    public override string ToString() => $"{Name} ({Id})";

    private static async Task<string> ToolAsync(IReadOnlyList<string> command, string input, string where)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await Task.WhenAll(process.WaitForExitAsync(), output, errors).WaitAsync(Limit);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException(
                    $"'{string.Join(' ', command)}' in {where} ends with {process.ExitCode}: {(await errors).Trim()}" +
                    (input.Length > 0 ? $"; its input:\n{input}" : ""));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>On a thread of its own, which goes in, makes the socket, comes out, and only then does anything else.</summary>
    private Socket MakeSocket(SocketType type, ProtocolType protocol)
    {
        using var own = Open("/proc/thread-self/ns/net");
        if (SetNamespace(_handle, NetworkNamespace) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot enter {Name}");
        }

        try
        {
            return new Socket(AddressFamily.InterNetwork, type, protocol);
        }
        finally
        {
            if (SetNamespace(own, NetworkNamespace) != 0)
            {
                Environment.FailFast($"a thread cannot come out of {Name}");
            }
        }
    }

    private static SafeFileHandle Open(string path)
    {
        var handle = OpenFile(path, CloseOnExec);
        return handle.IsInvalid ? throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot open {path}") : handle;
    }

    private static string PathOf(SafeFileHandle handle) => $"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}";

    private static string Identity(string path) =>
        new FileInfo(path).LinkTarget is { } target ? target : throw new IOException($"{path} leads nowhere");

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int what);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);
}

/// <summary>A host of a <see cref="Net"/>: one address, in a namespace of its own.</summary>
public sealed class NetHost : Place, IDisposable
{
    internal NetHost(string name, string site, string address, Namespace space) : base(address) => (Name, Site, Namespace) = (name, site, space);

    public string Name { get; }
    public string Site { get; }
    public Namespace Namespace { get; }

    public override IReadOnlyList<string> Enter(IReadOnlyList<string> command) => Namespace.Enter(command);

    public void Dispose() => Namespace.Dispose();
}
