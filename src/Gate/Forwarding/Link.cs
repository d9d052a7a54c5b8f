using System.Net;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Forwarding;

/// <summary>Why a connection ended.</summary>
internal enum LinkEnd
{
    /// <summary>Both sides closed.</summary>
    Closed,
    /// <summary>A side broke off.</summary>
    Broken,
    /// <summary>The gate closed it: its member is not where it belongs any more.</summary>
    Cut,
    /// <summary>The member did not accept it; the client still waits.</summary>
    NotAccepted,
    /// <summary>The gate gave it up while its member had not accepted it yet: nothing has passed, and the client still waits.</summary>
    Recalled,
}

/// <summary>A client's connection on its way to a member. After <see cref="Worker.Begin"/> its worker's thread alone touches it.</summary>
internal sealed class Link(int client, Target target, IPEndPoint address, long since, ILinkOwner owner)
{
    /// <summary>The client's socket; the worker closes it, unless the client still waits when the link ends.</summary>
    public int Client { get; } = client;
    public Target Target { get; } = target;
    public IPEndPoint Address { get; } = address;
    /// <summary>When the client came; a monotonic timestamp.</summary>
    public long Since { get; } = since;
    public ILinkOwner Owner { get; } = owner;

    internal int Server { get; set; } = -1;
    internal int Slot { get; set; } = -1;
    internal bool Connected { get; set; }
    internal long ConnectBy { get; set; }
    /// <summary>In the list of those that have more to do.</summary>
    internal bool IsHungry { get; set; }
    internal Flow Up;
    internal Flow Down;
}

/// <summary>Who is told what becomes of a link. Called on the worker's thread: must be quick.</summary>
internal interface ILinkOwner
{
    void Connected(Link link);

    /// <param name="error">Number of the error, for <see cref="LinkEnd.NotAccepted"/>.</param>
    void Ended(Link link, LinkEnd end, int error);
}

/// <summary>Who takes the connections of a listening socket. Called on the worker's thread: must be quick.</summary>
internal interface IAcceptor
{
    /// <param name="client">The socket, which is now the acceptor's.</param>
    /// <param name="worker">The calling one, which can begin a link at once.</param>
    void Accepted(int client, Worker worker);

    /// <summary>No connection could be accepted: no more descriptors, or memory.</summary>
    void CannotAccept(int error);
}
