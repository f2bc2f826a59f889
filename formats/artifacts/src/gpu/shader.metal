// Generated from shader.wgsl by naga, never compiled here: there is no Metal compiler off Apple's
// systems. On those wgpu makes this source anew. Renewed with BLESS_DOCS=1.

// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size0;
    uint size1;
    uint size2;
};

struct Piece {
    uint x;
    uint y;
    uint width;
    uint height;
    uint table;
    uint pad0_;
    uint pad1_;
    uint pad2_;
};
struct Job {
    uint stride;
    uint first;
    uint count;
    uint pad;
};
typedef uint type_1[1];
typedef Piece type_2[1];
typedef metal::int2 type_5[1];
struct type_6 {
    int inner[64];
};
struct type_9 {
    uint inner[64];
};
constant int F0298_ = 2446;
constant int F0390_ = 3196;
constant int F0541_ = 4433;
constant int F0765_ = 6270;
constant int F0899_ = 7373;
constant int F1175_ = 9633;
constant int F1501_ = 12299;
constant int F1847_ = 15137;
constant int F1961_ = 16069;
constant int F2053_ = 16819;
constant int F2562_ = 20995;
constant int F3072_ = 25172;

int descale(
    int v,
    uint bits
) {
    return as_type<int>(as_type<uint>(v) + as_type<uint>(1 << (bits - 1u))) >> bits;
}

void forward(
    uint at,
    uint step,
    bool second,
    thread type_6& b
) {
    int x0_ = b.inner[at];
    int x1_ = b.inner[at + step];
    int x2_ = b.inner[at + (2u * step)];
    int x3_ = b.inner[at + (3u * step)];
    int x4_ = b.inner[at + (4u * step)];
    int x5_ = b.inner[at + (5u * step)];
    int x6_ = b.inner[at + (6u * step)];
    int x7_ = b.inner[at + (7u * step)];
    int d0_ = as_type<int>(as_type<uint>(x0_) - as_type<uint>(x7_));
    int d1_ = as_type<int>(as_type<uint>(x1_) - as_type<uint>(x6_));
    int d2_ = as_type<int>(as_type<uint>(x2_) - as_type<uint>(x5_));
    int d3_ = as_type<int>(as_type<uint>(x3_) - as_type<uint>(x4_));
    int a0_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(x0_) + as_type<uint>(x7_))) + as_type<uint>(x3_))) + as_type<uint>(x4_));
    int a3_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(x0_) + as_type<uint>(x7_))) - as_type<uint>(x3_))) - as_type<uint>(x4_));
    int a1_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(x1_) + as_type<uint>(x6_))) + as_type<uint>(x2_))) + as_type<uint>(x5_));
    int a2_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(x1_) + as_type<uint>(x6_))) - as_type<uint>(x2_))) - as_type<uint>(x5_));
    uint bits_2 = second ? 15u : 11u;
    int _e72 = descale(as_type<int>(as_type<uint>(a0_) + as_type<uint>(a1_)), 2u);
    b.inner[at] = second ? _e72 : (as_type<int>(as_type<uint>(a0_) + as_type<uint>(a1_)) << 2u);
    int _e84 = descale(as_type<int>(as_type<uint>(a0_) - as_type<uint>(a1_)), 2u);
    b.inner[at + (4u * step)] = second ? _e84 : (as_type<int>(as_type<uint>(a0_) - as_type<uint>(a1_)) << 2u);
    int r = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(a2_) + as_type<uint>(a3_))) * as_type<uint>(F0541_));
    int _e97 = descale(as_type<int>(as_type<uint>(r) + as_type<uint>(as_type<int>(as_type<uint>(a3_) * as_type<uint>(F0765_)))), bits_2);
    b.inner[at + (2u * step)] = _e97;
    int _e106 = descale(as_type<int>(as_type<uint>(r) - as_type<uint>(as_type<int>(as_type<uint>(a2_) * as_type<uint>(F1847_)))), bits_2);
    b.inner[at + (6u * step)] = _e106;
    int z5_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d3_) + as_type<uint>(d1_))) + as_type<uint>(d2_))) + as_type<uint>(d0_))) * as_type<uint>(F1175_));
    int z1_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d3_) + as_type<uint>(d0_))) * as_type<uint>(F0899_));
    int z2_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d2_) + as_type<uint>(d1_))) * as_type<uint>(F2562_));
    int z3_ = as_type<int>(as_type<uint>(z5_) - as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d3_) + as_type<uint>(d1_))) * as_type<uint>(F1961_))));
    int z4_ = as_type<int>(as_type<uint>(z5_) - as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d2_) + as_type<uint>(d0_))) * as_type<uint>(F0390_))));
    int _e135 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d3_) * as_type<uint>(F0298_))) - as_type<uint>(z1_))) + as_type<uint>(z3_)), bits_2);
    b.inner[at + (7u * step)] = _e135;
    int _e145 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d2_) * as_type<uint>(F2053_))) - as_type<uint>(z2_))) + as_type<uint>(z4_)), bits_2);
    b.inner[at + (5u * step)] = _e145;
    int _e155 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d1_) * as_type<uint>(F3072_))) - as_type<uint>(z2_))) + as_type<uint>(z3_)), bits_2);
    b.inner[at + (3u * step)] = _e155;
    int _e163 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(d0_) * as_type<uint>(F1501_))) - as_type<uint>(z1_))) + as_type<uint>(z4_)), bits_2);
    b.inner[at + step] = _e163;
    return;
}

void inverse(
    uint at_1,
    uint step_1,
    uint bits_1,
    thread type_6& b
) {
    int c0_ = b.inner[at_1];
    int c1_ = b.inner[at_1 + step_1];
    int c2_ = b.inner[at_1 + (2u * step_1)];
    int c3_ = b.inner[at_1 + (3u * step_1)];
    int c4_ = b.inner[at_1 + (4u * step_1)];
    int c5_ = b.inner[at_1 + (5u * step_1)];
    int c6_ = b.inner[at_1 + (6u * step_1)];
    int c7_ = b.inner[at_1 + (7u * step_1)];
    int r_1 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c2_) + as_type<uint>(c6_))) * as_type<uint>(F0541_));
    int e2_ = as_type<int>(as_type<uint>(r_1) - as_type<uint>(as_type<int>(as_type<uint>(c6_) * as_type<uint>(F1847_))));
    int e3_ = as_type<int>(as_type<uint>(r_1) + as_type<uint>(as_type<int>(as_type<uint>(c2_) * as_type<uint>(F0765_))));
    int e0_ = as_type<int>(as_type<uint>(c0_) + as_type<uint>(c4_)) << 13u;
    int e1_ = as_type<int>(as_type<uint>(c0_) - as_type<uint>(c4_)) << 13u;
    int z5_1 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c7_) + as_type<uint>(c3_))) + as_type<uint>(c5_))) + as_type<uint>(c1_))) * as_type<uint>(F1175_));
    int z1_1 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c7_) + as_type<uint>(c1_))) * as_type<uint>(F0899_));
    int z2_1 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c5_) + as_type<uint>(c3_))) * as_type<uint>(F2562_));
    int z3_1 = as_type<int>(as_type<uint>(z5_1) - as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c7_) + as_type<uint>(c3_))) * as_type<uint>(F1961_))));
    int z4_1 = as_type<int>(as_type<uint>(z5_1) - as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c5_) + as_type<uint>(c1_))) * as_type<uint>(F0390_))));
    int o0_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c1_) * as_type<uint>(F1501_))) - as_type<uint>(z1_1))) + as_type<uint>(z4_1));
    int o1_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c3_) * as_type<uint>(F3072_))) - as_type<uint>(z2_1))) + as_type<uint>(z3_1));
    int o2_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c5_) * as_type<uint>(F2053_))) - as_type<uint>(z2_1))) + as_type<uint>(z4_1));
    int o3_ = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(c7_) * as_type<uint>(F0298_))) - as_type<uint>(z1_1))) + as_type<uint>(z3_1));
    int _e100 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e0_) + as_type<uint>(e3_))) + as_type<uint>(o0_)), bits_1);
    b.inner[at_1] = _e100;
    int _e108 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e0_) + as_type<uint>(e3_))) - as_type<uint>(o0_)), bits_1);
    b.inner[at_1 + (7u * step_1)] = _e108;
    int _e114 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e1_) + as_type<uint>(e2_))) + as_type<uint>(o1_)), bits_1);
    b.inner[at_1 + step_1] = _e114;
    int _e122 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e1_) + as_type<uint>(e2_))) - as_type<uint>(o1_)), bits_1);
    b.inner[at_1 + (6u * step_1)] = _e122;
    int _e130 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e1_) - as_type<uint>(e2_))) + as_type<uint>(o2_)), bits_1);
    b.inner[at_1 + (2u * step_1)] = _e130;
    int _e138 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e1_) - as_type<uint>(e2_))) - as_type<uint>(o2_)), bits_1);
    b.inner[at_1 + (5u * step_1)] = _e138;
    int _e146 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e0_) - as_type<uint>(e3_))) + as_type<uint>(o3_)), bits_1);
    b.inner[at_1 + (3u * step_1)] = _e146;
    int _e154 = descale(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(e0_) - as_type<uint>(e3_))) - as_type<uint>(o3_)), bits_1);
    b.inner[at_1 + (4u * step_1)] = _e154;
    return;
}

int naga_abs(int val) {
    return metal::select(as_type<int>(-as_type<uint>(val)), val, val >= 0);
}

void degrade(
    uint table,
    device type_5 const& tables,
    thread type_6& b,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint y_2 = 0u;
    uint x_2 = 0u;
    uint k_1 = {};
    uint y_3 = 0u;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e12 = y_2;
            y_2 = _e12 + 1u;
        }
        loop_init = false;
        uint _e3 = y_2;
        if (_e3 < 8u) {
        } else {
            break;
        }
        {
            uint _e6 = y_2;
            forward(_e6 * 8u, 1u, false, b);
        }
    }
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e65 = x_2;
            x_2 = _e65 + 1u;
        }
        loop_init_1 = false;
        uint _e16 = x_2;
        if (_e16 < 8u) {
        } else {
            break;
        }
        {
            uint _e19 = x_2;
            forward(_e19, 8u, true, b);
            uint _e22 = x_2;
            k_1 = _e22;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e58 = k_1;
                    k_1 = _e58 + 8u;
                }
                loop_init_2 = false;
                uint _e24 = k_1;
                if (_e24 < 64u) {
                } else {
                    break;
                }
                {
                    uint _e28 = k_1;
                    metal::int2 q = tables[table + _e28];
                    uint _e33 = k_1;
                    int _e35 = b.inner[_e33];
                    int level = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(naga_abs(_e35)) + as_type<uint>(as_type<int>(as_type<uint>(4) * as_type<uint>(q.x)))) >> 3u) * as_type<uint>(q.y)) >> 19u;
                    uint _e48 = k_1;
                    uint _e53 = k_1;
                    int _e55 = b.inner[_e53];
                    b.inner[_e48] = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(level) * as_type<uint>(q.x))) * as_type<uint>(metal::select(metal::select(int(-1), int(1), (_e55 > 0)), int(0), (_e55 == 0))));
                }
            }
            uint _e61 = x_2;
            inverse(_e61, 8u, 11u, b);
        }
    }
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e78 = y_3;
            y_3 = _e78 + 1u;
        }
        loop_init_3 = false;
        uint _e69 = y_3;
        if (_e69 < 8u) {
        } else {
            break;
        }
        {
            uint _e72 = y_3;
            inverse(_e72 * 8u, 1u, 18u, b);
        }
    }
    return;
}

int component(
    uint word,
    uint which_1
) {
    int red = static_cast<int>(word & 255u);
    int green = static_cast<int>((word >> 8u) & 255u);
    int blue = static_cast<int>((word >> 16u) & 255u);
    if (which_1 == 0u) {
        return as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(19595) * as_type<uint>(red))) + as_type<uint>(as_type<int>(as_type<uint>(38470) * as_type<uint>(green))))) + as_type<uint>(as_type<int>(as_type<uint>(7471) * as_type<uint>(blue))))) + as_type<uint>(32768)) >> 16u) - as_type<uint>(128));
    }
    if (which_1 == 1u) {
        return as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(32768) * as_type<uint>(blue))) - as_type<uint>(as_type<int>(as_type<uint>(11059) * as_type<uint>(red))))) - as_type<uint>(as_type<int>(as_type<uint>(21709) * as_type<uint>(green))))) + as_type<uint>(32767)) >> 16u;
    }
    return as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(32768) * as_type<uint>(red))) - as_type<uint>(as_type<int>(as_type<uint>(27439) * as_type<uint>(green))))) - as_type<uint>(as_type<int>(as_type<uint>(5329) * as_type<uint>(blue))))) + as_type<uint>(32767)) >> 16u;
}

uint clip(
    int v_1
) {
    return static_cast<uint>(metal::clamp(v_1, 0, 255));
}

struct artifactsInput {
};
kernel void artifacts(
  metal::uint3 id [[thread_position_in_grid]]
, device type_1& pixels [[buffer(0)]]
, device type_2 const& pieces [[buffer(1)]]
, device type_5 const& tables [[buffer(2)]]
, constant Job& job [[buffer(3)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(4)]]
) {
    type_6 b = {};
    bool local = {};
    type_9 done = {};
    uint which = 0u;
    uint y = {};
    uint x = {};
    uint k = {};
    uint y_1 = 0u;
    uint x_1 = {};
    uint _e4 = job.count;
    if (id.x >= _e4) {
        return;
    }
    uint _e9 = job.first;
    Piece piece = pieces[_e9 + id.x];
    if (!(((id.y * 8u) >= piece.height))) {
        local = (id.z * 8u) >= piece.width;
    } else {
        local = true;
    }
    bool _e28 = local;
    if (_e28) {
        return;
    }
    uint left = piece.x + (id.z * 8u);
    uint upper = piece.y + (id.y * 8u);
    uint columns = metal::min(piece.width - (id.z * 8u), 8u);
    uint rows = metal::min(piece.height - (id.y * 8u), 8u);
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e140 = which;
            which = _e140 + 1u;
        }
        loop_init_4 = false;
        uint _e56 = which;
        if (_e56 < 3u) {
        } else {
            break;
        }
        {
            y = 0u;
            uint2 loop_bound_5 = uint2(4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (metal::all(loop_bound_5 == uint2(0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e100 = y;
                    y = _e100 + 1u;
                }
                loop_init_5 = false;
                uint _e61 = y;
                if (_e61 < 8u) {
                } else {
                    break;
                }
                {
                    uint _e64 = y;
                    uint _e71 = job.stride;
                    uint row = ((upper + metal::min(_e64, rows - 1u)) * _e71) + left;
                    x = 0u;
                    uint2 loop_bound_6 = uint2(4294967295u);
                    bool loop_init_6 = true;
                    while(true) {
                        if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                        loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                        if (!loop_init_6) {
                            uint _e97 = x;
                            x = _e97 + 1u;
                        }
                        loop_init_6 = false;
                        uint _e76 = x;
                        if (_e76 < 8u) {
                        } else {
                            break;
                        }
                        {
                            uint _e80 = y;
                            uint _e83 = x;
                            uint _e87 = x;
                            uint _e93 = pixels[row + metal::min(_e87, columns - 1u)];
                            uint _e94 = which;
                            int _e95 = component(_e93, _e94);
                            b.inner[(_e80 * 8u) + _e83] = _e95;
                        }
                    }
                }
            }
            uint _e105 = which;
            degrade(piece.table + ((_e105 == 0u) ? 0u : 64u), tables, b, _buffer_sizes);
            k = 0u;
            uint2 loop_bound_7 = uint2(4294967295u);
            bool loop_init_7 = true;
            while(true) {
                if (metal::all(loop_bound_7 == uint2(0u))) { break; }
                loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
                if (!loop_init_7) {
                    uint _e137 = k;
                    k = _e137 + 1u;
                }
                loop_init_7 = false;
                uint _e112 = k;
                if (_e112 < 64u) {
                } else {
                    break;
                }
                {
                    uint _e116 = k;
                    int _e118 = b.inner[_e116];
                    uint _e121 = clip(as_type<int>(as_type<uint>(_e118) + as_type<uint>(128)));
                    uint _e122 = which;
                    uint byte = _e121 << (_e122 * 8u);
                    uint _e126 = k;
                    uint _e128 = k;
                    uint _e130 = done.inner[_e128];
                    uint _e132 = which;
                    done.inner[_e126] = (_e132 == 0u) ? byte : (_e130 | byte);
                }
            }
        }
    }
    uint2 loop_bound_8 = uint2(4294967295u);
    bool loop_init_8 = true;
    while(true) {
        if (metal::all(loop_bound_8 == uint2(0u))) { break; }
        loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
        if (!loop_init_8) {
            uint _e228 = y_1;
            y_1 = _e228 + 1u;
        }
        loop_init_8 = false;
        uint _e144 = y_1;
        if (_e144 < rows) {
        } else {
            break;
        }
        {
            uint _e146 = y_1;
            uint _e150 = job.stride;
            uint row_1 = ((upper + _e146) * _e150) + left;
            x_1 = 0u;
            uint2 loop_bound_9 = uint2(4294967295u);
            bool loop_init_9 = true;
            while(true) {
                if (metal::all(loop_bound_9 == uint2(0u))) { break; }
                loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
                if (!loop_init_9) {
                    uint _e225 = x_1;
                    x_1 = _e225 + 1u;
                }
                loop_init_9 = false;
                uint _e155 = x_1;
                if (_e155 < columns) {
                } else {
                    break;
                }
                {
                    uint _e157 = y_1;
                    uint _e160 = x_1;
                    uint ycc = done.inner[(_e157 * 8u) + _e160];
                    int luma = static_cast<int>(ycc & 255u);
                    int cb = as_type<int>(as_type<uint>(static_cast<int>((ycc >> 8u) & 255u)) - as_type<uint>(128));
                    int cr = as_type<int>(as_type<uint>(static_cast<int>(ycc >> 16u)) - as_type<uint>(128));
                    uint _e186 = clip(as_type<int>(as_type<uint>(luma) + as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(91881) * as_type<uint>(cr))) + as_type<uint>(32768)) >> 16u)));
                    uint _e197 = clip(as_type<int>(as_type<uint>(luma) + as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(32768) - as_type<uint>(as_type<int>(as_type<uint>(22554) * as_type<uint>(cb))))) - as_type<uint>(as_type<int>(as_type<uint>(46802) * as_type<uint>(cr)))) >> 16u)));
                    uint _e205 = clip(as_type<int>(as_type<uint>(luma) + as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(116130) * as_type<uint>(cb))) + as_type<uint>(32768)) >> 16u)));
                    uint _e207 = x_1;
                    uint _e210 = pixels[row_1 + _e207];
                    uint alpha = _e210 & 4278190080u;
                    uint _e214 = x_1;
                    pixels[row_1 + _e214] = ((_e186 | (_e197 << 8u)) | (_e205 << 16u)) | alpha;
                }
            }
        }
    }
    return;
}
