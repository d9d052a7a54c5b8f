using Holdfast.Core.Loss;

namespace Holdfast.Core.Tests.Loss;

public class DecodedTextTests
{
    [Fact]
    public void A_transactions_begin_and_end_are_understood()
    {
        DecodedText.Parse("BEGIN 724").ShouldBe(new DecodedText.Begin(724));
        DecodedText.Parse("COMMIT 4294967295").ShouldBe(new DecodedText.Commit(uint.MaxValue));
        DecodedText.Parse("COMMIT 724 (at 2026-11-22 04:56:48.553462+00)").ShouldBe(new DecodedText.Commit(724));
    }

    [Fact]
    public void Names_types_and_values_may_hold_anything()
    {
        var change = Change("""
            table "My Sch"."T ""x[1]: INSERT:": INSERT: id[integer]:-1 "c[1]:'"[text]:'a ''b'' [text]:null new-tuple: x' arr[integer[]]:'{1,NULL}'
             w[public."we]ird"]:'(1,"a,""b")' b[bit]:B'101' e[bit varying]:B'' t[boolean]:true n[numeric]:NaN z[text]:null o["char"]:''
             u[text]:unchanged-toast-datum
            """.Replace("\n", "", StringComparison.Ordinal));
        change.Kind.ShouldBe(ChangeKind.Insert);
        change.Table.ShouldBe(new TableName("My Sch", "T \"x[1]: INSERT:"));
        change.New.ShouldBe(
        [
            new("id", "-1"), new("c[1]:'", "a 'b' [text]:null new-tuple: x"), new("arr", "{1,NULL}"), new("w", "(1,\"a,\"\"b\")"), new("b", "101"),
            new("e", ""), new("t", "true"), new("n", "NaN"), new("z", null), new("o", ""), new("u", null, IsUnchanged: true),
        ]);
    }

    [Fact]
    public void An_update_tells_the_old_key_only_where_the_log_does()
    {
        var plain = Change("table public.t: UPDATE: id[integer]:1 v[text]:'x'");
        plain.Old.ShouldBeEmpty();
        plain.New.Length.ShouldBe(2);
        var moved = Change("table public.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 v[text]:'x'");
        moved.Old.ShouldBe([new("id", "1")]);
        moved.New.ShouldBe([new("id", "2"), new("v", "x")]);
        Change("table public.t: DELETE: id[integer]:2").Old.ShouldBe([new("id", "2")]);
        var blind = Change("table public.t: DELETE: (no-tuple-data)");
        (blind.Old.IsEmpty && blind.New.IsEmpty).ShouldBeTrue();
    }

    [Fact]
    public void Truncations_and_messages_are_understood()
    {
        var emptied = Change("table public.u1, \"S, x\".u2: TRUNCATE: restart_seqs cascade");
        emptied.Tables.ShouldBe([new("public", "u1"), new("S, x", "u2")]);
        emptied.RestartsSequences.ShouldBeTrue();
        Change("table public.u1: TRUNCATE: (no-flags)").RestartsSequences.ShouldBeFalse();
        var message = Change("message: transactional: 1 prefix: p, q, sz: 8 content:con\ntent");
        (message.Prefix, message.Content).ShouldBe(("p, q", "con\ntent"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SOMETHING 1")]
    [InlineData("BEGIN x")]
    [InlineData("table public.t: UPSERT: id[integer]:1")]
    [InlineData("table public.t: INSERT: id[integer]:'1")]
    [InlineData("table public.t: INSERT: id[integer")]
    [InlineData("table public.t: INSERT: id[integer]:1  v[text]:'x'")]
    [InlineData("table public.t: UPDATE: old-key: id[integer]:1")]
    [InlineData("table \"t: INSERT: id[integer]:1")]
    [InlineData("message: transactional: 1 prefix: x")]
    public void What_has_another_form_is_refused_not_guessed(string text) => Should.Throw<FormatException>(() => DecodedText.Parse(text));

    [Fact]
    public void No_text_ends_in_anything_but_a_result_or_a_refusal()
    {
        const string Whole = "table \"a\"\"b\".c: UPDATE: old-key: id[integer[]]:'{1}' new-tuple: \"x y\"[public.\"t]\"]:B'1' " +
            "v[text]:unchanged-toast-datum n[int]:null";
        DecodedText.Parse(Whole);
        for (var at = 0; at < Whole.Length; at++)
        {
            foreach (var damaged in new[] { Whole[..at], Whole.Remove(at, 1), Whole.Insert(at, "'"), Whole.Insert(at, "\""), Whole.Insert(at, "]") })
            {
                try
                {
                    DecodedText.Parse(damaged).ShouldNotBeNull();
                }
                catch (FormatException refusal)
                {
                    refusal.Message.ShouldContain("unknown form");
                }
            }
        }
    }

    private static LostChange Change(string text) => DecodedText.Parse(text).ShouldBeOfType<DecodedText.Change>().Value;
}
