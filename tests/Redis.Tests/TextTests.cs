using System.Text;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Redis.Tests;

public class TextTests
{
    [Theory]
    [InlineData("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0", 7)]
    [InlineData("Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0", 8)]
    [InlineData("postgres (PostgreSQL) 15.18", null)]
    public void The_version_is_read(string text, int? major) => Programs.MajorOf(text).ShouldBe(major);

    [Theory]
    [InlineData("Valkey server v=9.0.0 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0", true)]
    [InlineData("Valkey server v=9.0.0-rc1 sha=00000000:0", true)]
    [InlineData("Valkey server v=9.0.1 sha=00000000:0", false)]
    [InlineData("Valkey server v=8.1.4 sha=00000000:0", false)]
    [InlineData("Redis server v=9.0.0 sha=00000000:0", false)]
    public void The_version_that_restores_wrong_offsets_is_known(string text, bool isFaulty) => Programs.IsFaulty(text).ShouldBe(isFaulty);

    [Fact]
    public void What_a_primary_says_of_its_standbys_is_read()
    {
        var info = new ServerInfo(
            "role:master\r\nslave0:ip=orders-2,port=6379,state=online,offset=50,lag=2\r\nslave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0\r\n");

        info.Standbys.ShouldBe([new ListedStandby("orders-2", true, 50, 2), new ListedStandby("10.0.0.3", false, 0, 0)]);
        (info.IsPrimary, info.IsDetached, info.FormerEnd).ShouldBe((true, false, -1));
    }

    [Fact]
    public void Who_follows_port_0_is_detached() => new ServerInfo("role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:0\r\n").IsDetached.ShouldBeTrue();

    [Fact]
    public void Commands_are_lists_of_strings_with_their_lengths_in_bytes() =>
        Encoding.UTF8.GetString(RespConnection.Encode([["SET", "ä", ""]], Encoding.UTF8)).ShouldBe("*3\r\n$3\r\nSET\r\n$2\r\nä\r\n$0\r\n\r\n");

    [Theory]
    [InlineData("plain")]
    [InlineData("ünï")]
    [InlineData(@"\xyz")]
    public void A_key_is_told_and_found_again(string text)
    {
        var raw = KeyText.Raw.GetString(Encoding.UTF8.GetBytes(text));
        KeyText.Untell(KeyText.Tell(raw)).ShouldBe(raw);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_told_in_hexadecimal()
    {
        KeyText.Tell("\u00ff\u0001").ShouldBe(@"\xff01");
        KeyText.Untell(@"\xff01").ShouldBe("\u00ff\u0001");
    }

    [Fact]
    public void A_snapshot_tells_its_place_in_the_stream()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Bytes("REDIS0010", "\u00fa\u0009redis-ver\u00067.0.15", "\u00fa\u0007repl-id\u0003abc", "\u00fa\u000brepl-offset\u00c1\u0010\u0002", "\u00fe"));
            SnapshotHeader.Read(path).ShouldBe(new SnapshotHeader("abc", 528));

            File.WriteAllBytes(path, Bytes("REDIS0010", "\u00fa\u0009redis-ver\u00067.0.15", "\u00ff"));
            SnapshotHeader.Read(path).ShouldBe(new SnapshotHeader(null, 0));

            File.WriteAllBytes(path, Bytes("something else"));
            SnapshotHeader.Read(path).ShouldBeNull();
            SnapshotHeader.Read(path + ".none").ShouldBeNull();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Bytes(params string[] parts) => Encoding.Latin1.GetBytes(string.Concat(parts));
}
