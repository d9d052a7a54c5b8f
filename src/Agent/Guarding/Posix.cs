using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Agent.Guarding;

/// <summary>The few system calls that the runtime does not offer.</summary>
internal static unsafe partial class Posix
{
    private const int SignalKill = 9;
    private const int PathMax = 4096;
    private const int OpenPath = 0x200000; // O_PATH
    private const int OpenCloseOnExec = 0x80000; // O_CLOEXEC
    private const int OpenReadWrite = 2;
    private const nint SysPidfdOpen = 434; // the same number on all architectures
    private const nint SysPidfdSendSignal = 424;

    /// <summary>
    /// A handle on a process that stays on that process, even when its pid is used again. Null: there is none, or it is not to be had.
    /// </summary>
    public static Handle? OpenProcess(int pid)
    {
        var descriptor = (int)SystemCall(SysPidfdOpen, pid, 0, 0, 0);
        return descriptor >= 0 ? new Handle(descriptor) : null;
    }

    /// <summary>Sends SIGKILL. A process that has ended, or may not be killed, is left to the caller's next look.</summary>
    public static void Kill(Handle process) => _ = SystemCall(SysPidfdSendSignal, process.Descriptor, SignalKill, 0, 0);

    /// <summary>A handle on a folder, as a short path to it: names of unix sockets are limited to 107 bytes, paths of folders are not.</summary>
    /// <exception cref="IOException">There is no such folder, or it may not be entered.</exception>
    public static Handle OpenFolder(string path)
    {
        var descriptor = Open(path, OpenPath | OpenCloseOnExec);
        return descriptor >= 0 ? new Handle(descriptor) : throw Fault($"open {path}", Marshal.GetLastPInvokeError());
    }

    /// <summary>The path without symbolic links, as the kernel shows it in <c>/proc</c>. The path itself when it does not exist.</summary>
    public static string RealPath(string path)
    {
        var buffer = stackalloc byte[PathMax];
        return ResolvePath(path, buffer) == 0 ? path : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
    }

    /// <summary>Leaves the session of whoever started us, and lets go of its standard streams.</summary>
    /// <exception cref="IOException">Refused.</exception>
    public static void Detach()
    {
        if (NewSession() < 0)
        {
            throw Fault("setsid", Marshal.GetLastPInvokeError());
        }

        var nothing = Open("/dev/null", OpenReadWrite | OpenCloseOnExec);
        for (var stream = 0; stream <= 2; stream++)
        {
            if (Duplicate(nothing, stream) < 0)
            {
                throw Fault("dup2", Marshal.GetLastPInvokeError());
            }
        }

        // Its own descriptor ends with this helper, which ends at once.
    }

    private static IOException Fault(string what, int error) => new($"{what}: {Marshal.GetPInvokeErrorMessage(error)}");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ResolvePath(string path, byte* resolved);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int NewSession();

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    /// <summary>An open file descriptor.</summary>
    internal sealed class Handle(int descriptor) : IDisposable
    {
        private bool _closed;

        public int Descriptor => descriptor;

        /// <summary>How this process reaches it in the file system.</summary>
        public string Path => $"/proc/self/fd/{descriptor}";

        public void Dispose()
        {
            if (!_closed)
            {
                _closed = true;
                _ = Close(descriptor);
            }
        }
    }
}
