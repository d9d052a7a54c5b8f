namespace Holdfast.Harness.Network;

/// <summary>Where a server runs: the address that others reach it by, and how a program is started there.</summary>
public class Place
{
    /// <summary>This machine's loopback, shared by all: ports must be picked.</summary>
    public static Place Loopback { get; } = new("127.0.0.1");

    protected Place(string address) => Address = address;

    /// <summary>IPv4 address.</summary>
    public string Address { get; }

    /// <summary>The command line that starts this one in the place; the process keeps the pid it is started under.</summary>
    public virtual IReadOnlyList<string> Enter(IReadOnlyList<string> command) => command;

    public override string ToString() => Address;
}
