namespace Holdfast.Core.Loss;

/// <summary>Transaction numbers go round: which of two is the earlier is told by the shorter way.</summary>
public static class XidOrder
{
    /// <summary>Numbers below are the server's own, for rows that are older than all.</summary>
    private const uint FirstNormal = 3;

    public static bool IsBefore(uint xid, uint other) =>
        xid < FirstNormal || other < FirstNormal ? xid < other : unchecked((int)(xid - other)) < 0;

    /// <summary>The number after the later of the two.</summary>
    public static uint Advance(uint next, uint used) => used < FirstNormal || (next != 0 && IsBefore(used, next)) ? next : After(used);

    private static uint After(uint xid) => unchecked(xid + 1) is var next && next < FirstNormal ? FirstNormal : next;
}
