using System.Net;
using System.Runtime.InteropServices;

namespace Holdfast.Gate.Forwarding;

/// <summary>The system calls that forwarding is made of. All are non-blocking but for <see cref="Wait"/>.</summary>
internal static unsafe partial class Kernel
{
    public const uint In = 0x1, Out = 0x4, Error = 0x8, HangUp = 0x10, PeerClosed = 0x2000, Exclusive = 1u << 28, EdgeTriggered = 1u << 31;
    public const int Again = 11, Interrupted = 4, InProgress = 115, TimedOut = 110, Refused = 111;
    public const int TooManyFiles = 24, TooManyFilesInAll = 23, NoBuffers = 105, NoMemory = 12;

    private const short PollPeerClosed = 0x2000;
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800;
    private const int ControlAdd = 1, ControlDelete = 2;
    private const int DontWait = 0x40, NoSignal = 0x4000;
    private const int ShutWrite = 1;
    private const int SocketLevel = 1, SocketError = 4, KeepAlive = 9, Linger = 13;
    private const int TcpLevel = 6, NoDelay = 1, KeepIdle = 4, KeepInterval = 5, KeepCount = 6, TcpInfo = 11;
    private const int StreamSocket = 1;

    // The kernel's structure is packed on this architecture alone.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);

    /// <summary>Bytes of a buffer for so many events.</summary>
    public static int EventBytes(int events) => events * EventSize;

    public static int NewPoll() => Check(EpollCreate(CloseOnExec), "epoll_create1");

    public static int NewBell() => Check(EventDescriptor(0, CloseOnExec | NonBlocking), "eventfd");

    public static void Ring(int bell)
    {
        var one = 1UL;
        _ = Write(bell, &one, sizeof(ulong)); // Full means that it rings already.
    }

    public static void Silence(int bell)
    {
        ulong count;
        _ = Read(bell, &count, sizeof(ulong));
    }

    public static void Watch(int poll, int descriptor, uint events, ulong data)
    {
        var entry = stackalloc byte[EventSize];
        *(uint*)entry = events;
        *(ulong*)(entry + DataOffset) = data;
        Check(EpollControl(poll, ControlAdd, descriptor, entry), "epoll_ctl");
    }

    public static void Unwatch(int poll, int descriptor)
    {
        var ignored = stackalloc byte[EventSize];
        _ = EpollControl(poll, ControlDelete, descriptor, ignored); // It may be unwatched already.
    }

    /// <summary>Watches a socket that may be watched already.</summary>
    public static void Rewatch(int poll, int descriptor, uint events, ulong data)
    {
        Unwatch(poll, descriptor);
        Watch(poll, descriptor, events, data);
    }

    /// <returns>The client's socket; negative: an error, <see cref="Again"/> when nobody waits.</returns>
    public static int Accept(int listener)
    {
        var client = AcceptSocket(listener, null, null, NonBlocking | CloseOnExec);
        return client >= 0 ? client : -Marshal.GetLastPInvokeError();
    }

    /// <returns>How many events there are; 0 when interrupted.</returns>
    public static int Wait(int poll, byte* buffer, int most, int milliseconds) => Math.Max(0, EpollWait(poll, buffer, most, milliseconds));

    /// <summary>Which of these have peers that are gone: they have closed, or broken off. One call for all; does not wait.</summary>
    /// <returns>How many.</returns>
    public static int FindGone(Span<Peer> peers)
    {
        fixed (Peer* first = peers)
        {
            return Math.Max(0, Poll(first, (nuint)peers.Length, 0));
        }
    }

    public static (uint Events, ulong Data) EventAt(byte* buffer, int index)
    {
        var entry = buffer + (index * EventSize);
        return (*(uint*)entry, *(ulong*)(entry + DataOffset));
    }

    /// <summary>Begins to connect. Returns the socket, or the error as a negative number.</summary>
    public static int Connect(IPEndPoint address)
    {
        var socket = NewSocket((int)address.AddressFamily == (int)System.Net.Sockets.AddressFamily.InterNetworkV6 ? 10 : 2,
            StreamSocket | NonBlocking | CloseOnExec, 0);
        if (socket < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        SetOptions(socket);
        var name = address.Serialize();
        fixed (byte* bytes = name.Buffer.Span)
        {
            if (ConnectSocket(socket, bytes, name.Size) == 0 || Marshal.GetLastPInvokeError() == InProgress)
            {
                return socket;
            }

            var error = Marshal.GetLastPInvokeError();
            Close(socket);
            return -error;
        }
    }

    /// <summary>
    /// Small writes go out at once; a peer that has vanished while nothing is on its way to it is noticed within two minutes. For the other case
    /// there is <see cref="HasVanished"/>, not TCP_USER_TIMEOUT: that also ends connections to a peer that answers and just does not read.
    /// </summary>
    public static void SetOptions(int socket)
    {
        Set(socket, TcpLevel, NoDelay, 1);
        Set(socket, SocketLevel, KeepAlive, 1);
        Set(socket, TcpLevel, KeepIdle, 60);
        Set(socket, TcpLevel, KeepInterval, 15);
        Set(socket, TcpLevel, KeepCount, 4);
    }

    /// <summary>
    /// Whether a socket's peer owes an answer and is silent: the kernel has asked more than once in vain, and has heard nothing for so long. One
    /// that is slow to read answers, however long it takes.
    /// </summary>
    public static bool HasVanished(int socket, TimeSpan silence)
    {
        // Of struct tcp_info, whose beginning is the same in every version: unanswered retransmissions, unanswered probes, and
        // milliseconds since the last acknowledgement. One probe is on its way now and then to a peer that does not read.
        const int room = 60, retransmits = 2, probes = 3, lastAnswer = 56;
        var info = stackalloc byte[room];
        var size = room;
        return GetOption(socket, TcpLevel, TcpInfo, info, &size) == 0 && size == room &&
            (info[retransmits] > 1 || info[probes] > 1) && *(uint*)(info + lastAnswer) >= silence.TotalMilliseconds;
    }

    /// <summary>The error that a connecting socket ended with; 0: it is connected.</summary>
    public static int ErrorOf(int socket)
    {
        int error, size = sizeof(int);
        return GetOption(socket, SocketLevel, SocketError, &error, &size) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Whether a connection's two ends are the same socket: on a host where nobody listens, the kernel may choose for the caller the very
    /// port that is called, and TCP lets both sides open at once (RFC 9293, 3.5). Whoever forwarded to it would talk to itself.
    /// </summary>
    public static bool ReachedItself(int socket)
    {
        const int room = 28; // sockaddr_in6, the larger of the two
        byte* own = stackalloc byte[room], peer = stackalloc byte[room];
        int ownSize = room, peerSize = room;
        return SocketName(socket, own, &ownSize) == 0 && PeerName(socket, peer, &peerSize) == 0 &&
            new ReadOnlySpan<byte>(own, ownSize).SequenceEqual(new ReadOnlySpan<byte>(peer, peerSize));
    }

    /// <returns>Bytes; 0: the peer sends no more; negative: an error.</returns>
    public static int Receive(int socket, byte* buffer, int size)
    {
        nint count;
        while ((count = Recv(socket, buffer, size, DontWait)) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                return -error;
            }
        }

        return (int)count;
    }

    /// <returns>Bytes taken; negative: an error.</returns>
    public static int Send(int socket, byte* buffer, int size)
    {
        nint count;
        while ((count = SendBytes(socket, buffer, size, DontWait | NoSignal)) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                return -error;
            }
        }

        return (int)count;
    }

    /// <summary>No more will be sent; the peer sees the end. A socket that is broken already is left to the next read.</summary>
    public static void EndOf(int socket) => _ = Shutdown(socket, ShutWrite);

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>Closes and resets: the peer is not to finish anything.</summary>
    public static void Reset(int socket)
    {
        var linger = stackalloc int[2];
        (linger[0], linger[1]) = (1, 0);
        _ = SetOption(socket, SocketLevel, Linger, linger, 2 * sizeof(int));
        Close(socket);
    }

    private static void Set(int socket, int level, int option, int value) => _ = SetOption(socket, level, option, &value, sizeof(int));

    private static int Check(int result, string call) => result >= 0 ? result : throw new IOException(
        $"{call} failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}; raise the limit of open files (LimitNOFILE) if that is it");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int poll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int poll, byte* entries, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Peer* peers, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, void* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, void* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectSocket(int socket, byte* name, int size);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int SocketName(int socket, byte* name, int* size);

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    private static partial int PeerName(int socket, byte* name, int* size);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int AcceptSocket(int socket, byte* name, int* size, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Recv(int socket, byte* buffer, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(int socket, byte* buffer, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, void* value, int size);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int socket, int level, int option, void* value, int* size);

    /// <summary>An entry of <see cref="FindGone"/>, as the kernel wants it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Peer(int socket)
    {
        private readonly int _socket = socket;
        private readonly short _asked = PollPeerClosed;
        private readonly short _found;

        public bool IsGone => _found != 0;
    }
}
