using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engines.Hosting;

/// <summary>The few calls of the kernel that .NET does not offer.</summary>
internal static partial class Native
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Continue = 18;
    public const int Stop = 19;
    public const int Terminate = 15;

    private const int PidfdOpen = 434;
    private const int Enosys = 38;
    private const int Esrch = 3;
    private const int OpenDirectory = 0x10000;
    private const int CloseOnExec = 0x80000;
    private const int AtFdCwd = -100;
    private const uint StatxBasic = 0x7ff;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const short PollIn = 1;

    /// <summary>A handle of a process that becomes readable when the process ends. Null: there is no such process (any more).</summary>
    public static SafeFileHandle? OpenProcess(int pid)
    {
        var descriptor = SystemCall(PidfdOpen, pid, 0);
        if (descriptor >= 0)
        {
            return new SafeFileHandle((nint)descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            Esrch => null,
            Enosys => throw new EngineException("this Linux kernel has no pidfd_open: Holdfast needs Linux 5.3 or newer"),
            _ => throw new Win32Exception(error),
        };
    }

    /// <summary>An event that another thread can raise by <see cref="RaiseEvent"/>.</summary>
    public static SafeFileHandle CreateEvent()
    {
        var descriptor = EventFd(0, CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public static void RaiseEvent(SafeFileHandle handle)
    {
        ulong one = 1;
        if (Write(handle, in one, sizeof(ulong)) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits until one of two descriptors is readable, without limit. True: it was the first.</summary>
    public static bool WaitForEither(SafeFileHandle first, SafeFileHandle second)
    {
        Span<PollEntry> entries =
        [
            new PollEntry { Descriptor = (int)first.DangerousGetHandle(), Events = PollIn },
            new PollEntry { Descriptor = (int)second.DangerousGetHandle(), Events = PollIn },
        ];
        const int Interrupted = 4;
        while (Poll(ref entries[0], 2, -1) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new Win32Exception(error);
            }
        }

        return entries[0].Returned != 0;
    }

    /// <summary>False: there is no such process.</summary>
    public static bool Signal(int pid, int signal)
    {
        if (SendSignal(pid, signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Esrch ? false : throw new Win32Exception(error);
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static void FlushDirectory(string path)
    {
        var descriptor = Open(path, OpenDirectory | CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open directory {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Fsync(handle) != 0)
        {
            throw new IOException($"cannot flush directory {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Makes what was written to a file durable, as PostgreSQL does it by default (<c>wal_sync_method = fdatasync</c>).</summary>
    public static void FlushData(SafeFileHandle file)
    {
        if (Fdatasync(file) != 0)
        {
            throw new IOException($"cannot flush: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Identity and owner of what a path leads to, links followed. Null: it is not there or may not be seen.</summary>
    public static unsafe FileIdentity? Identify(string path)
    {
        var buffer = stackalloc byte[256];
        if (Statx(AtFdCwd, path, 0, StatxBasic, buffer) != 0)
        {
            return null;
        }

        var owner = *(uint*)(buffer + 20);
        var inode = *(ulong*)(buffer + 32);
        var device = ((ulong)*(uint*)(buffer + 136) << 32) | *(uint*)(buffer + 140);
        return new FileIdentity(device, inode, owner);
    }

    /// <summary>What differs when a file is another one or was written to. Null: it is not there or may not be seen.</summary>
    public static unsafe FileStamp? Stamp(string path)
    {
        var buffer = stackalloc byte[256];
        if (Statx(AtFdCwd, path, 0, StatxBasic, buffer) != 0)
        {
            return null;
        }

        var changed = (*(long*)(buffer + 96) * NanosecondsPerSecond) + *(uint*)(buffer + 104);
        var device = ((ulong)*(uint*)(buffer + 136) << 32) | *(uint*)(buffer + 140);
        return new FileStamp(device, *(ulong*)(buffer + 32), *(ulong*)(buffer + 40), changed);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>This process may make and remove files in a directory.</summary>
    public static bool MayWrite(string directory) => Access(directory, WriteAndSearch) == 0;

    /// <summary>Nothing is at this path; false also when that cannot be told.</summary>
    public static bool IsMissing(string path) => Access(path, Exists) != 0 && Marshal.GetLastPInvokeError() is (NoEntry or NotDirectory);

    private const int Exists = 0;
    private const int WriteAndSearch = 3;
    private const int NoEntry = 2;
    private const int NotDirectory = 20;

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, int first, uint second);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, in ulong value, nint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollEntry entries, ulong count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* result);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

/// <summary>Device and inode tell whether two paths lead to the same thing.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, uint Owner)
{
    public bool IsSameAs(FileIdentity other) => Device == other.Device && Inode == other.Inode;
}

/// <summary>Which file, how long, and when its contents or its entry last changed (<c>ctime</c>, nanoseconds).</summary>
internal readonly record struct FileStamp(ulong Device, ulong Inode, ulong Length, long Changed);
