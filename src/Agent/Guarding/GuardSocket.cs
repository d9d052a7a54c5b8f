using System.Net.Sockets;

namespace Holdfast.Agent.Guarding;

/// <summary>
/// A datagram socket in the guard's folder. Both sides name sockets by a handle on the folder, so that the length of its path does not matter.
/// Only the folder's owner can reach them.
/// </summary>
internal sealed class GuardSocket : IDisposable
{
    public const int MaxBytes = 4096;
    private readonly Posix.Handle _folder;
    private readonly Socket _socket;

    /// <exception cref="SocketException">The name is taken.</exception>
    /// <exception cref="IOException">There is no such folder.</exception>
    public GuardSocket(string folder, string name)
    {
        _folder = Posix.OpenFolder(folder);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            _socket.Bind(Address(name));
            File.SetUnixFileMode(Path.Combine(_folder.Path, name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>True: a datagram waits.</summary>
    public bool Wait(TimeSpan timeout) => _socket.Poll(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, SelectMode.SelectRead);

    public int Receive(byte[] buffer) => _socket.Receive(buffer, SocketFlags.None);

    /// <summary>False: nobody listens there, or it does not take anything in within the timeout.</summary>
    public bool TrySend(byte[] datagram, string name, TimeSpan timeout)
    {
        try
        {
            _socket.SendTimeout = Math.Max(1, (int)timeout.TotalMilliseconds);
            _socket.SendTo(datagram, Address(name));
            return true;
        }
        catch (SocketException)
        {
            return false; // Gone, refused, or its queue is full: the caller asks again until its deadline.
        }
    }

    public void Dispose()
    {
        _socket.Dispose(); // Removes the name as well, and needs the folder for it.
        _folder.Dispose();
    }

    private UnixDomainSocketEndPoint Address(string name) => new($"{_folder.Path}/{name}");
}
