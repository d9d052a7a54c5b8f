using System.Collections.Immutable;
using Holdfast.Engines.Redis;
using Holdfast.Verification;
using Holdfast.Verification.Results;
using Holdfast.Verification.Targets;

namespace Holdfast.Redis.Tests.Verification;

/// <summary>Compares the two members of a pair, as the command does.</summary>
internal static class Comparison
{
    public static readonly VerifyOptions Fast = new() { Share = 1, Jobs = 2, CatchUp = Servers.Soon };

    public static async Task<VerifyResult> RunAsync(Servers servers, VerifyOptions? options = null)
    {
        ImmutableArray<IVerifyTarget> targets = [.. ((RedisEngine[])[servers.A, servers.B]).Select(engine => engine.CreateVerifyTarget())];
        try
        {
            return await new Verifier(new VerifySubject("test", "orders"), targets, options ?? Fast, TimeProvider.System).RunAsync(null, Servers.Stop);
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    /// <summary>Each difference as <c>kind database key [columns]</c>, sorted.</summary>
    public static IEnumerable<string> Found(VerifyResult result) => result.Differences
        .Select(found => $"{found.Kind} {found.Database} {found.Key} [{string.Join(',', found.Columns)}]").Order(StringComparer.Ordinal);

    /// <summary>Nothing differs, and nothing was left open.</summary>
    public static void ShouldBeEqual(this VerifyResult result)
    {
        Found(result).ShouldBeEmpty();
        result.Undecided.ShouldBeEmpty();
        result.Verdict.ShouldBe(VerifyVerdict.Equal);
    }

    /// <summary>Lets a standby be written to behind its primary's back.</summary>
    public static void Spoil(Servers servers, string member, params string[][] commands)
    {
        using var govern = servers.Govern(member);
        govern.Call("CONFIG", "SET", "replica-read-only", "no");
        foreach (var words in commands)
        {
            govern.Call(words);
        }

        govern.Call("CONFIG", "SET", "replica-read-only", "yes");
    }
}
