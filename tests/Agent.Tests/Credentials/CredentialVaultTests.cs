using Holdfast.Agent.Credentials;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Coordination;
using Holdfast.Core;

namespace Holdfast.Agent.Tests.Credentials;

public sealed class CredentialVaultTests : IAsyncDisposable
{
    private const string Key = "/holdfast/grid/orders/credentials";
    private static readonly string[] Names = ["replication", "health", "rewind"];
    private static readonly Secret Token = new("the system's token");
    private readonly FakeCoordination _coordination = new();

    public ValueTask DisposeAsync() => _coordination.DisposeAsync();

    [Fact]
    public async Task The_first_generates_and_all_others_read_the_same_never_in_clear()
    {
        var first = await Get(Token, Names);
        var second = await Get(Token, Names);

        second.ShouldBe(first, ignoreOrder: true);
        first.Keys.ShouldBe(Names, ignoreOrder: true);
        first.Values.Select(secret => secret.Reveal()).Distinct().Count().ShouldBe(3);
        first.Values.ShouldAllBe(secret => secret.Reveal().Length == 43);
        foreach (var (name, secret) in first)
        {
            _coordination.Get(Key).ShouldNotContain(secret.Reveal());
            _coordination.Get(Key).ShouldNotContain(name);
        }
    }

    [Fact]
    public async Task Two_that_generate_at_once_end_up_with_the_same_passwords()
    {
        Task<System.Collections.Immutable.ImmutableDictionary<string, Secret>>? other = null;
        _coordination.BeforeTransaction = () =>
        {
            _coordination.BeforeTransaction = () => { };
            other = Get(Token, Names); // Between the reading and the writing of the first.
        };

        var first = await Get(Token, Names);

        first.ShouldBe(await other!, ignoreOrder: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_of_unknown_outcome_is_settled_by_reading(bool done)
    {
        void FailOnce()
        {
            _coordination.BeforeTransaction = () => { };
            _coordination.AfterTransaction = () => { };
            throw new CoordinationException(CoordinationFault.Indeterminate, "no answer");
        }

        if (done)
        {
            _coordination.AfterTransaction = FailOnce;
        }
        else
        {
            _coordination.BeforeTransaction = FailOnce;
        }

        var first = await Get(Token, Names);

        (await Get(Token, Names)).ShouldBe(first, ignoreOrder: true);
    }

    [Fact]
    public async Task Coordination_that_cannot_be_reached_is_told()
    {
        _coordination.BeforeTransaction = () => throw new CoordinationException(CoordinationFault.Unreachable, "no endpoint");

        (await Should.ThrowAsync<CoordinationException>(() => Get(Token, Names))).Fault.ShouldBe(CoordinationFault.Unreachable);
    }

    [Fact]
    public async Task A_name_that_a_newer_version_needs_is_added_and_the_old_ones_stay()
    {
        var before = await Get(Token, ["replication"]);
        var after = await Get(Token, Names);

        after["replication"].ShouldBe(before["replication"]);
        (await Get(Token, ["health"]))["health"].ShouldBe(after["health"]);
    }

    [Fact]
    public async Task Another_token_is_one_clear_line_with_the_remedy()
    {
        await Get(Token, Names);

        var message = (await Should.ThrowAsync<CredentialException>(() => Get(new Secret("a typo"), Names))).Message;

        message.ShouldContain("another token");
        message.ShouldContain("security.token");
        message.ShouldContain(Key);
        message.ShouldNotContain("a typo");
    }

    [Fact]
    public async Task A_damaged_value_is_told_from_a_wrong_token()
    {
        await Get(Token, Names);
        var good = _coordination.Get(Key);
        var data = good.IndexOf("\"data\":\"", StringComparison.Ordinal) + 8;
        foreach (var bad in (string[])["", "nonsense", "null", "{}", good[..^10], good.Replace("\"salt\":\"", "\"salt\":\"AAAA"),
            good[..data] + (good[data] == 'A' ? 'B' : 'A') + good[(data + 1)..]])
        {
            _coordination.Set(Key, bad);
            (await Should.ThrowAsync<CredentialException>(() => Get(Token, Names))).Message.ShouldContain("damaged", customMessage: bad);
        }

        _coordination.Set(Key, good.Replace("\"format\":1", "\"format\":2"));
        (await Should.ThrowAsync<CredentialException>(() => Get(Token, Names))).Message.ShouldContain("newer Holdfast");
    }

    [Fact]
    public async Task A_value_of_another_store_or_key_does_not_open()
    {
        await Get(Token, Names);
        _coordination.Set(Key + "2", _coordination.Get(Key));

        await Should.ThrowAsync<CredentialException>(
            () => new CredentialVault(Token, "grid", "orders").GetOrCreateAsync(_coordination, Key + "2", Names, CancellationToken.None));
        await Should.ThrowAsync<CredentialException>(
            () => new CredentialVault(Token, "grid", "bills").GetOrCreateAsync(_coordination, Key, Names, CancellationToken.None));
    }

    private Task<System.Collections.Immutable.ImmutableDictionary<string, Secret>> Get(Secret token, string[] names) =>
        new CredentialVault(token, "grid", "orders").GetOrCreateAsync(_coordination, Key, names, CancellationToken.None);
}
