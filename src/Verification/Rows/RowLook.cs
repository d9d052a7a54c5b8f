using System.Collections.Immutable;

namespace Holdfast.Verification.Rows;

/// <summary>A row as one member shows it.</summary>
/// <param name="Key">The values of the key's columns as text, or the row's place where there is no key.</param>
/// <param name="Version">Names this very version of the row: two looks that give the same have seen the same row, unchanged.</param>
public sealed record RowState(ImmutableArray<string> Key, string Version, long Hash);

/// <param name="Truncated">There are more.</param>
public sealed record RowList(ImmutableArray<RowState> Rows, bool Truncated);

/// <summary>What a look by key has seen.</summary>
/// <param name="Reached">Taken after the look: nothing beyond this position was seen.</param>
/// <param name="Follows">As in the member's own look: whether it is a standby.</param>
/// <param name="Horizon">Transactions from here on had not begun when the look was taken.</param>
/// <param name="Looks">How many times it looked.</param>
/// <param name="Clock">The member's own clock after the look, in milliseconds since 1970; null: nothing goes away by itself there.</param>
public sealed record KeyLook(ulong Reached, bool Follows, ulong Horizon, int Looks, ImmutableArray<SeenRow> Seen, long? Clock = null);

/// <param name="Index">Of the key in the request.</param>
/// <param name="Version">Null: not there. Then <paramref name="Hash"/> is 0.</param>
/// <param name="Times">How many looks saw this.</param>
/// <param name="Expires">When the row goes away by itself, in milliseconds since 1970; null: never. It is not in <paramref name="Hash"/>.</param>
public sealed record SeenRow(int Index, string? Version, long Hash, int Times, long? Expires = null);
