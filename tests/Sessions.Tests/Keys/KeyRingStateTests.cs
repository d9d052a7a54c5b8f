using System.Xml.Linq;
using Holdfast.Sessions.Keys;

namespace Holdfast.Sessions.Tests.Keys;

public class KeyRingStateTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid First = Guid.Parse("11111111-0000-0000-0000-000000000000");
    private static readonly Guid Second = Guid.Parse("22222222-0000-0000-0000-000000000000");

    [Theory]
    [InlineData(-1, "Coming", "Coming")]
    [InlineData(0, "Active", "Coming")]
    [InlineData(79, "Active", "Coming")]
    [InlineData(80, "Replaced", "Active")]
    [InlineData(90, "Expired", "Active")]
    [InlineData(170, "Expired", "Expired")]
    public void A_key_is_coming_then_active_then_replaced_then_expired(int day, string first, string second)
    {
        var ring = KeyRing.Read([Key(Second, 0, 80, 170), Key(First, 0, 0, 90)]);
        ring.Keys.Select(key => ring.StateAt(key, Day(day)).ToString()).ShouldBe([first, second]);
        ring.Keys.Select(key => key.Id).ShouldBe([First, Second]);
    }

    [Fact]
    public void A_revoked_key_is_not_active_and_a_mass_revocation_takes_those_that_are_older()
    {
        var one = KeyRing.Read([Key(First, 0, 0, 90), Key(Second, 2, 2, 90), Revocation(Second.ToString(), 3)]);
        one.ActiveAt(Day(4))!.Id.ShouldBe(First);
        one.StateAt(one.Keys[1], Day(4)).ShouldBe(KeyState.Revoked);
        var all = KeyRing.Read([Key(First, 0, 0, 90), Key(Second, 2, 2, 90), Revocation("*", 1)]);
        all.Keys.Select(key => key.IsRevoked).ShouldBe([true, false]);
    }

    [Fact]
    public void The_check_fails_for_a_key_that_is_missing_other_or_revoked_and_warns_before_one_is_due()
    {
        var ring = KeyRing.Read([Key(First, 0, 0, 90), Key(Second, 0, 80, 170)]);
        Check(ring, ring, 79).ShouldBeEmpty();
        Check(ring, KeyRing.Read([]), 10).ShouldHaveSingleItem().ShouldContain("lacks the active key");
        Check(ring, KeyRing.Read([Key(First, 0, 0, 90)]), 77).ShouldBeEmpty();
        Check(ring, KeyRing.Read([Key(First, 0, 0, 90)]), 79).ShouldHaveSingleItem().ShouldContain("lacks the key that becomes active on 2030-03-22");
        Check(ring, KeyRing.Read([Key(First, 0, 0, 91), Key(Second, 0, 80, 170)]), 10).ShouldHaveSingleItem().ShouldContain("another key under the id");
        Check(ring, KeyRing.Read([Key(First, 0, 0, 90), Revocation("*", 1)]), 10).ShouldHaveSingleItem().ShouldContain("revoked");
        Check(KeyRing.Read([]), ring, 10).ShouldHaveSingleItem().ShouldContain("has no active key");
    }

    [Fact]
    public void What_is_no_key_is_said_to_be_none() =>
        Should.Throw<FormatException>(() => KeyRing.Read([new XElement("key", new XAttribute("id", First))]));

    private static IReadOnlyList<string> Check(KeyRing ring, KeyRing other, int day) =>
        new KeysCheck("here:1", ring, "there:2", other, Day(day), TimeSpan.FromDays(2)).Faults;

    private static XElement Key(Guid id, int created, int from, int until) => new(
        "key", new XAttribute("id", id), new XElement("creationDate", Day(created)), new XElement("activationDate", Day(from)),
        new XElement("expirationDate", Day(until)));

    private static XElement Revocation(string id, int day) => new(
        "revocation", new XElement("revocationDate", Day(day)), new XElement("key", new XAttribute("id", id)));

    private static DateTimeOffset Day(int number) => Start + TimeSpan.FromDays(number);
}
